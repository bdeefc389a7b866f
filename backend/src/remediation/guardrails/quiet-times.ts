import type { DecisionInput } from './decision-input.ts';
import { leftText, pass, refuse, wait, type Ruling } from './guard-verdict.ts';

/** G14: a freeze or maintenance of the policy's calendars. A calendar that can't be read freezes: it might be on. */
export function judgeCalendars({ calendars, policy, nowMs }: DecisionInput): Ruling {
  const missing = policy.spec.guard.calendars.find((name) => !calendars.some((calendar) => calendar.name === name));
  if (missing !== undefined) {
    return refuse(`calendar ${missing} is not known, so a freeze can't be ruled out`, { calendar: missing });
  }
  const faulty = calendars.find(({ fault }) => fault !== null);
  if (faulty !== undefined) {
    return wait(`calendar ${faulty.name} can't be read (${faulty.fault ?? ''}), so a freeze can't be ruled out`, {
      calendar: faulty.name,
    });
  }
  const ends = calendars.flatMap(({ on }) => (on === null ? [] : [on.endMs]));
  const frozen = calendars.find(({ on }) => on !== null);
  if (frozen?.on != null) {
    const endMs = Math.max(...ends);
    const detail = `calendar ${frozen.name}: ${frozen.on.name}, for another ${leftText(endMs - nowMs)}`;
    return wait(detail, { calendar: frozen.name }, endMs);
  }
  return pass(calendars.length === 0 ? 'no calendar is named' : 'no calendar has anything on');
}

/** G14: who silenced the alert at Alertmanager works on the target, or wants it left alone. */
export function judgeSilence({ silence, nowMs }: DecisionInput): Ruling {
  switch (silence.kind) {
    case 'none':
      return pass('nobody silenced it');
    case 'silenced': {
      const left = leftText(silence.endsAtMs - nowMs);
      const detail = `silenced by ${silence.by} for another ${left}: ${silence.comment}`;
      return wait(detail, { by: silence.by }, silence.endsAtMs);
    }
    case 'unknown':
      return wait(`whether it is silenced can't be asked: ${silence.reason}`);
  }
}
