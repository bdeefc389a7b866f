import { startFakeGrafana } from '../../../support/fake-grafana/fake-grafana.ts';
import { generateDashboards, type GeneratorOptions } from './dashboards.ts';

/** What the bench asks of the Grafana in its own process. */
export type GrafanaCommand =
  | { readonly kind: 'start'; readonly options: GeneratorOptions; readonly nowMs: number }
  /** The next answers to new annotations get lost after Grafana has kept them. */
  | { readonly kind: 'lose'; readonly answers: number }
  | { readonly kind: 'annotations' };

export type GrafanaReply =
  | { readonly kind: 'started'; readonly url: string }
  | { readonly kind: 'losing' }
  | { readonly kind: 'annotations'; readonly all: readonly KeptAnnotation[] };

/** An annotation as the bench counts it. */
export interface KeptAnnotation {
  readonly dashboardUid: string;
  readonly panelId: number | null;
  readonly startMs: number;
  readonly tags: readonly string[];
}

/** Grafana in a process of its own: its time and memory are not those of the backend. */
export interface GrafanaProbe {
  ask<K extends GrafanaReply['kind']>(
    command: GrafanaCommand,
    kind: K
  ): Promise<Extract<GrafanaReply, { readonly kind: K }>>;
}

let grafana: Awaited<ReturnType<typeof startFakeGrafana>> | undefined;

async function answer(command: GrafanaCommand): Promise<GrafanaReply> {
  if (command.kind === 'start') {
    const { options, nowMs } = command;
    const fake = await startFakeGrafana({ tokens: { editor: 'Editor' }, nowMs: () => nowMs });
    const { dashboards, libraryPanels } = generateDashboards(options);
    dashboards.forEach((dashboard) => {
      fake.dashboards.put(dashboard);
    });
    libraryPanels.forEach((model, uid) => fake.dashboards.libraryPanels.set(uid, model));
    grafana = fake;
    return { kind: 'started', url: fake.url };
  }
  if (grafana === undefined) {
    throw new Error('the probe was not started');
  }
  if (command.kind === 'lose') {
    grafana.failNext('POST /api/annotations', { hangUp: true, after: true }, command.answers);
    return { kind: 'losing' };
  }
  const all = grafana.annotations.all.map(({ dashboardUID, panelId = null, time, tags }) => ({
    dashboardUid: dashboardUID,
    panelId,
    startMs: time,
    tags,
  }));
  return { kind: 'annotations', all };
}

process.on('message', (command: GrafanaCommand) => {
  void answer(command).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
