import type { readings as en } from "../en/readings.ts";
import type { Translated } from "../translated.ts";

export const readings: Translated<typeof en> = {
  "state.online": "オンライン",
  "state.offline": "オフライン",
  "state.lowBattery": "電池残量低下",
  "state.quarantined": "隔離中",
  "state.stranger": "未登録",
  "state.disputed": "係争中",
  "state.open": "開",
  "state.closed": "閉",
  "state.motion": "動きあり",
  "state.still": "動きなし",

  "channel.temperature": "温度",
  "channel.humidity": "湿度",
  "channel.pressure": "気圧",
  "channel.co2": "CO₂",
  "channel.illuminance": "照度",
  "channel.motion": "動き",
  "channel.gas_resistance": "ガス抵抗",
  "channel.soil_moisture": "土壌水分",
  "channel.ph": "pH",
  "channel.ec": "電気伝導度",
  "channel.battery_mv": "電池",
  "channel.door": "ドア",
  "channel.water_level": "水位",
  "channel.sound_level": "音量",
};
