import { t } from '@grafana/i18n';
import { Badge, Tooltip, useTheme2 } from '@grafana/ui';
import type { ReactNode } from 'react';

const lineHeightPx = 26;

interface PanelFrameProps {
  readonly width: number;
  readonly height: number;
  /** Score of the worst series now; above 1 it is abnormal. */
  readonly score?: number | null | undefined;
  /** Sentences that a person should know, such as series left out. */
  readonly notes: readonly string[];
  readonly children: (heightPx: number) => ReactNode;
}

/** The chart with a line above it only when there is something to say. */
export function PanelFrame({ width, height, score, notes, children }: PanelFrameProps) {
  const theme = useTheme2();
  const abnormal = score != null && score > 1;
  const hasLine = abnormal || notes.length > 0;
  return (
    <div style={{ width, height, overflow: 'hidden' }}>
      {hasLine ? (
        <div style={{ height: lineHeightPx, display: 'flex', gap: theme.spacing(1), alignItems: 'center' }}>
          {abnormal ? (
            <Badge
              color="orange"
              icon="exclamation-triangle"
              text={t('panel.abnormal', 'Abnormal now, score {{- score}}', { score: score.toFixed(1) })}
            />
          ) : null}
          {notes.length > 0 ? (
            <Tooltip
              content={
                <ul>
                  {notes.map((note) => (
                    <li key={note}>{note}</li>
                  ))}
                </ul>
              }
            >
              <span style={{ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }}>
                {notes[0]}
              </span>
            </Tooltip>
          ) : null}
        </div>
      ) : null}
      {children(Math.max(0, height - (hasLine ? lineHeightPx : 0)))}
    </div>
  );
}
