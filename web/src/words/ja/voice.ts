import type { voice as en } from "../en/voice.ts";
import type { Translated } from "../translated.ts";

export const voice: Translated<typeof en> = {
  "voice.title": "音声",
  "voice.on": "音声オン",
  "voice.off": "音声オフ",
  "voice.mute": "ミュート",
  "voice.unmute": "音声をオン",
  "voice.volume": "音量",
  "voice.test": "試す",
  "voice.testText": "オフィスはこのように話します。",
  "voice.dismiss": "今は文字だけにする",
  "voice.blocked": "音を出すには、ブラウザーに一度クリックが必要です。",
  "voice.enable": "音声を有効にする",
  "voice.now": "発話中",
  "voice.waiting": "あと {count} 件",
  "voice.skip": "飛ばす",
  "voice.elsewhere": "このブラウザーでは別のタブが話しています。",
  "voice.here": "このタブが話します。",
  "voice.noVoice": "このブラウザーにはこの言語の声がありません。代わりに文字で表示します。",
  "voice.queue": "オフィスの言葉",
  "voice.last": "最後の言葉",
};
