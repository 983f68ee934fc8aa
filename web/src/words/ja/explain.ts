import type { explain as en } from "../en/explain.ts";
import type { Translated } from "../translated.ts";

export const explain: Translated<typeof en> = {
  "explain.title": "ここに至る経緯",
  "explain.none": "{id} については何も残っていません。",
  "explain.hint": "フレームから支払いまで：各段階が自分の原因を示します。",
  "explain.frame": "測定値",
  "explain.reading": "測定値",
  "explain.event": "イベント",
  "explain.cycle": "思考",
  "explain.call": "行動",
  "explain.task": "タスク",
  "explain.transfer": "支払い",
  "explain.command": "コマンド",
  "explain.voice": "発話",
  "explain.request": "依頼",
  "explain.missing": "記録はもう残っていません",
};
