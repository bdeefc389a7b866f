import { setImmediate } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { BandArrays, ForecastOutcome } from '../forecasting/forecast-task.ts';
import type { Labels } from '../timeseries/series.ts';
import type { Database } from '../store/database.ts';
import type { Tables } from '../store/tables.ts';
import { decodeBand, encodeBand } from './bands/band-codec.ts';
import { bandEndMs, sliceBand, stitchBands, type BandPiece } from './bands/stitch-bands.ts';

/** One series of a training with what came of it. */
export interface SavedSeries {
  readonly id: string;
  readonly job: string;
  readonly fitId: string;
  readonly labels: Labels;
  readonly labelKey: string;
  readonly trainedAtMs: number;
  readonly trainedToMs: number;
  readonly trainedKey: string;
  /** Bands that end before are forgotten. */
  readonly keepFromMs: number;
}

/** Makes the detectors of a series from the bands over its history and what it had before, as stored. */
export type MakeDetectors = (band: BandArrays | undefined, before: Uint8Array | undefined) => Uint8Array;

// The driver is synchronous: between queries the event loop gets its turn. A thousand series of a day at 5 min in one go
// held it up for 120 ms.
const idsPerQuery = 100;

/** The SQL of bands. What belongs to one series is written in one transaction: all of it is there or nothing. */
export class BandRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * A forecast series: its figures, its bands, its back-test, its detectors, and the progress of the fit.
   * @param detect makes the series' detectors of the bands over its history and of the detectors it had, both as stored
   */
  async saveOutcome(series: SavedSeries, outcome: ForecastOutcome, detect: MakeDetectors): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      const known = await transaction
        .selectFrom('series')
        .select('trained_key')
        .where('id', '=', series.id)
        .executeTakeFirst();
      await writeSeries(transaction, series, outcome);
      if (known !== undefined && known.trained_key !== series.trainedKey) {
        await transaction.deleteFrom('bands').where('series_id', '=', series.id).execute();
      }
      await writeBands(transaction, series, outcome);
      await writeBacktest(transaction, series.id, outcome);
      await writeDetectors(transaction, series, detect);
      await addProgress(transaction, series.fitId, { failed: 0, cpuSeconds: outcome.cpuSeconds });
    });
  }

  /** A series that could not be forecast this time: it keeps what it has and says why. */
  async saveFailure(series: SavedSeries, message: string): Promise<void> {
    const notes = JSON.stringify([{ code: 'model-failed', severity: 'warning', text: message }]);
    const { id, job, labels, labelKey, trainedToMs, trainedKey } = series;
    await this.#db.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('series')
        .values({
          id,
          job,
          labels: JSON.stringify(labels),
          label_key: labelKey,
          state: 'warming-up',
          notes,
          coverage: '[]',
          trained_key: trainedKey,
          seen_at_ms: trainedToMs,
        })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ notes, seen_at_ms: trainedToMs }))
        .execute();
      await addProgress(transaction, series.fitId, { failed: 1, cpuSeconds: 0 });
    });
  }

  /** Stitched bands in [startMs, endMs] by series id; a series without any is missing. */
  async read(ids: readonly string[], startMs: number, endMs: number): Promise<ReadonlyMap<string, BandArrays>> {
    const stitched = new Map<string, BandArrays>();
    for (let i = 0; i < ids.length; i += idsPerQuery) {
      if (i > 0) {
        await setImmediate();
      }
      const pieces = await readPieces(this.#db, ids.slice(i, i + idsPerQuery), startMs, endMs);
      for (const [id, ofSeries] of pieces) {
        const band = stitchBands(ofSeries, startMs, endMs);
        if (band !== undefined) {
          stitched.set(id, band);
        }
      }
    }
    return stitched;
  }
}

async function readPieces(
  db: Kysely<Tables>,
  ids: readonly string[],
  startMs: number,
  endMs: number
): Promise<Map<string, BandPiece[]>> {
  const rows = await db
    .selectFrom('bands')
    .select(['series_id', 'kind', 'end_ms', 'band'])
    .where('series_id', 'in', ids)
    .where('end_ms', '>=', startMs)
    .where('start_ms', '<=', endMs)
    .execute();
  const pieces = new Map<string, BandPiece[]>();
  for (const { series_id: id, kind, end_ms: pieceEndMs, band } of rows) {
    const piece = { kind, endMs: pieceEndMs, band: decodeBand(band) };
    const ofSeries = pieces.get(id);
    if (ofSeries === undefined) {
      pieces.set(id, [piece]);
    } else {
      ofSeries.push(piece);
    }
  }
  return pieces;
}

async function writeSeries(
  transaction: Transaction<Tables>,
  series: SavedSeries,
  outcome: ForecastOutcome
): Promise<void> {
  const winner = outcome.backtest?.rows.find(({ model }) => model === outcome.backtest?.selected);
  const row = {
    labels: JSON.stringify(series.labels),
    label_key: series.labelKey,
    state: outcome.state,
    notes: JSON.stringify(outcome.notes),
    model: outcome.model ?? null,
    mase: winner?.mase ?? null,
    coverage: JSON.stringify(outcome.backtest?.coverage ?? []),
    trained_at_ms: series.trainedAtMs,
    trained_key: series.trainedKey,
    seen_at_ms: series.trainedToMs,
  };
  await transaction
    .insertInto('series')
    .values({ ...row, id: series.id, job: series.job })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

async function writeBands(
  transaction: Transaction<Tables>,
  series: SavedSeries,
  { forecast, heldOut, history }: ForecastOutcome
): Promise<void> {
  await transaction
    .deleteFrom('bands')
    .where('series_id', '=', series.id)
    .where('end_ms', '<', series.keepFromMs)
    .execute();
  if (forecast === undefined || forecast.expected.length === 0) {
    return;
  }
  const historyEndMs = history.startMs + (history.values.length - 1) * history.stepMs;
  const wasAhead = await supersede(transaction, series.id, forecast.startMs, historyEndMs);
  await insertBand(transaction, series, { kind: 'forecast', band: forecast, endMs: bandEndMs(forecast) });
  // Back-tests fill the past for which nobody forecast: before the first training, and while the program was off.
  if (!wasAhead && heldOut !== undefined && heldOut.expected.length > 0) {
    await insertBand(transaction, series, { kind: 'backtest', band: heldOut, endMs: bandEndMs(heldOut) });
  }
}

/** Ends earlier forecasts where the new one starts; answers whether one of them still reached past the history. */
async function supersede(
  transaction: Transaction<Tables>,
  id: string,
  startMs: number,
  historyEndMs: number
): Promise<boolean> {
  const overlapping = await transaction
    .selectFrom('bands')
    .select(['start_ms', 'end_ms', 'band'])
    .where('series_id', '=', id)
    .where('kind', '=', 'forecast')
    .where('end_ms', '>=', historyEndMs)
    .orderBy('start_ms')
    .limit(1000)
    .execute();
  for (const row of overlapping) {
    const kept = sliceBand(decodeBand(row.band), row.start_ms, startMs - 1);
    const same = transaction.updateTable('bands').where('series_id', '=', id).where('start_ms', '=', row.start_ms);
    if (kept === undefined) {
      await transaction
        .deleteFrom('bands')
        .where('series_id', '=', id)
        .where('kind', '=', 'forecast')
        .where('start_ms', '=', row.start_ms)
        .execute();
    } else if (row.end_ms >= startMs) {
      await same
        .where('kind', '=', 'forecast')
        .set({ band: encodeBand(kept), end_ms: bandEndMs(kept) })
        .execute();
    }
  }
  return overlapping.length > 0;
}

async function insertBand(transaction: Transaction<Tables>, series: SavedSeries, piece: BandPiece): Promise<void> {
  const row = { end_ms: piece.endMs, made_at_ms: series.trainedAtMs, band: encodeBand(piece.band) };
  await transaction
    .insertInto('bands')
    .values({ ...row, series_id: series.id, kind: piece.kind, start_ms: piece.band.startMs })
    .onConflict((conflict) => conflict.columns(['series_id', 'kind', 'start_ms']).doUpdateSet(row))
    .execute();
}

async function writeBacktest(transaction: Transaction<Tables>, id: string, outcome: ForecastOutcome): Promise<void> {
  if (outcome.backtest === undefined) {
    await transaction.deleteFrom('backtests').where('series_id', '=', id).execute();
    return;
  }
  const backtest = JSON.stringify(outcome.backtest);
  await transaction
    .insertInto('backtests')
    .values({ series_id: id, backtest })
    .onConflict((conflict) => conflict.column('series_id').doUpdateSet({ backtest }))
    .execute();
}

/** They look at what was forecast of the past: back-tests, and what was served. */
async function writeDetectors(
  transaction: Transaction<Tables>,
  { id, keepFromMs, trainedToMs, trainedAtMs }: SavedSeries,
  detect: MakeDetectors
): Promise<void> {
  const pieces = (await readPieces(transaction, [id], keepFromMs, trainedToMs)).get(id);
  const band = pieces === undefined ? undefined : stitchBands(pieces, keepFromMs, trainedToMs);
  const known = await transaction
    .selectFrom('detectors')
    .select('state')
    .where('series_id', '=', id)
    .executeTakeFirst();
  const row = { made_at_ms: trainedAtMs, scored_to_ms: trainedToMs, state: detect(band, known?.state) };
  await transaction
    .insertInto('detectors')
    .values({ ...row, series_id: id })
    .onConflict((conflict) => conflict.column('series_id').doUpdateSet(row))
    .execute();
}

async function addProgress(
  transaction: Transaction<Tables>,
  fitId: string,
  step: { readonly failed: number; readonly cpuSeconds: number }
): Promise<void> {
  await transaction
    .updateTable('fits')
    .set((columns) => ({
      series_done: columns('series_done', '+', 1),
      series_failed: columns('series_failed', '+', step.failed),
      cpu_seconds: columns('cpu_seconds', '+', step.cpuSeconds),
    }))
    .where('id', '=', fitId)
    .execute();
}
