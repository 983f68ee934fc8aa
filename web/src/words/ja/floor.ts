import type { floor as en } from "../en/floor.ts";
import type { Translated } from "../translated.ts";

export const floor: Translated<typeof en> = {
  "floor.empty":
    "まだどのゾーンからも報告がありません。リーフを起動すると、ここにゾーンが現れます。",
  "floor.unreached": "ノードが応答すると、ここにオフィスが表示されます。",
  "floor.calm": "すべてのゾーンが快適です。",
  "floor.unknown": "まだ測定値がありません。",
  "floor.high": "{zone}：{channel} {value}（上限 {limit} 超）",
  "floor.low": "{zone}：{channel} {value}（下限 {limit} 未満）",
  "floor.people": "{all} ゾーン中 {zones} ゾーンに {people} 人",
  "floor.nobody": "{all} ゾーンすべて無人",
  "floor.sentence": "{what}。",
  "floor.and": "、",
  "floor.frames": "毎秒 {rate} フレーム",
  "floor.latest": "最近のイベント",
  "floor.allEvents": "すべてのイベント",
  "floor.leaves": "リーフ {online}/{leaves}",
  "floor.open": "{zone} のリーフ",
  "floor.quiet": "イベントはまだありません",
  "floor.sources": "{count} 台の平均",
  "floor.occupied": "{count} 人",
  "floor.vacant": "無人",
  "floor.byAir": "空気からの推定、確度 {sure} %",
  "floor.byAirTitle": "CO₂・照度・温度・湿度からの推定：ここにはカメラも人感センサーもありません",
  "floor.colony": "リーフ {leaves} 台中 {online} 台がオンライン",

  "comfort.low": "低すぎ",
  "comfort.good": "快適",
  "comfort.high": "高すぎ",

  "zone.knows": "{zone} についてエージェントが知っていること",
  "zone.tasks": "受付中のタスク {count} 件",
  "zone.decision": "エージェント（{ago}）：{what}",
  "zone.spoke": "あと {age} は話さない",
};
