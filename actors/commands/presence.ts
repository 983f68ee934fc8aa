/** `mycel presence`: makes the model by which zones tell people from their air, and judges it. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { openRecording } from "../../firmware/emulated/csv-rows.ts";
import { MycelError } from "../../runtime/errors.ts";
import { AIR_CHANNELS, type AirReadings } from "../zone/air/features.ts";
import { AIR_MODEL, type AirModel } from "../zone/air/model.ts";
import {
  lightThreshold,
  type RecordedMinute,
  type Score,
  scoreThreshold,
  scoreVariant,
  trainModel,
} from "../zone/air/train.ts";

export function presenceCommand(): Command {
  return new Command("presence")
    .description("presence of people from CO2, light, temperature and humidity")
    .addCommand(trainCommand())
    .addCommand(evaluateCommand());
}

const RECORDING =
  "CSV with a date, channels such as CO2 or Light, and Occupancy 0 or 1, row by row in time";

function trainCommand(): Command {
  return new Command("train")
    .description("make a model of a recorded room")
    .argument("<recording>", RECORDING)
    .requiredOption("--out <file>", "where the model goes, as JSON")
    .action(async (recording: string, { out }: { out: string }) => {
      const minutes = await readRecording(recording);
      const model = trainModel(minutes);
      writeFileSync(out, `${JSON.stringify(rounded(model), null, 2)}\n`);
      process.stdout.write(
        `${minutes.length} rows, ${model.variants.length} sets of channels: ${out}\n`,
      );
    });
}

function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("say how often the zones' model is right about a recorded room")
    .argument("<recording>", RECORDING)
    .option("--training <recording>", "to find the best threshold on light alone")
    .option("--json", "one JSON object a line")
    .action(async (recording: string, flags: { training?: string; json?: true }) => {
      const minutes = await readRecording(recording);
      const scores: [string, Score][] = AIR_MODEL.variants.map((variant) => [
        variant.channels.join(", "),
        scoreVariant(variant, minutes),
      ]);
      if (flags.training !== undefined) {
        const threshold = lightThreshold(await readRecording(flags.training));
        scores.unshift([`light above ${threshold} lx`, scoreThreshold(threshold, minutes)]);
      }
      for (const [name, score] of scores) {
        process.stdout.write(
          flags.json ? `${JSON.stringify({ name, ...score })}\n` : `${line(name, score)}\n`,
        );
      }
    });
}

export async function readRecording(path: string): Promise<RecordedMinute[]> {
  const recording = await openRecording(path);
  const places = AIR_CHANNELS.map((channel) => recording.channels.indexOf(channel));
  const minutes: RecordedMinute[] = [];
  for await (const { atMs, values, isOccupied } of recording.rows()) {
    if (atMs === undefined || isOccupied === undefined) {
      throw new MycelError(
        "E_INPUT",
        `${path} needs a date and an Occupancy of 0 or 1 in each row.`,
        {
          path,
        },
      );
    }
    const readings = Object.fromEntries(
      AIR_CHANNELS.map((channel, i) => [channel, values[places[i] as number]]),
    ) as AirReadings;
    minutes.push({ atMs, readings, isOccupied });
  }
  if (
    minutes.every(({ isOccupied }) => isOccupied) ||
    !minutes.some(({ isOccupied }) => isOccupied)
  ) {
    throw new MycelError("E_INPUT", `${path} needs minutes with people and minutes without.`, {
      path,
    });
  }
  return minutes;
}

/** Seven digits are more than the data has, and the file stays readable. */
const rounded = (model: AirModel): AirModel =>
  JSON.parse(
    JSON.stringify(model, (_key, value) =>
      typeof value === "number" ? Number(value.toPrecision(7)) : value,
    ),
  ) as AirModel;

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const line = (name: string, { accuracy, precision, recall, brier }: Score): string =>
  `${name.padEnd(42)} accuracy ${percent(accuracy)}  precision ${percent(precision)}  recall ${percent(recall)}  Brier ${brier.toFixed(4)}`;
