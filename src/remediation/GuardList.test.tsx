import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aRefusal, aVerdict } from '../test/remediationBuilders.ts';
import { GuardList } from './GuardList.tsx';
import { guardNumber, guardTitle } from './guardText.ts';

const passing = ['age', 'flap', 'cooldown', 'attempts', 'breaker'].map((name) => aVerdict({ name }));

test('many guards that pass are one line, and what does not pass stands before it', async () => {
  render(<GuardList verdicts={[...passing, aRefusal()]} />);
  const against = screen.getByRole('list', { name: 'Guards that do not pass' });
  expect(within(against).getAllByRole('listitem')).toHaveLength(1);
  expect(screen.getByText('Cooldown')).not.toBeVisible();
  await userEvent.click(screen.getByText('5 guards pass'));
  expect(screen.getByText('Cooldown')).toBeVisible();
});

test('a guard that this version does not know keeps its own name', () => {
  expect(guardTitle({ name: 'weather' })).toBe('weather');
  expect(guardTitle({ name: 'constructor' })).toBe('constructor');
});

test.each([
  ['cooldownMs', 900_000, '15m'],
  ['untilMs', Date.UTC(2026, 10, 25, 12), expect.stringMatching(/^2026-11-25/)],
  ['share', 0.1, '10 %'],
  ['targets', 3, '3'],
  ['mode', 'observe', 'observe'],
])('the number %s %p reads %p', (name, value, text) => {
  expect(guardNumber(name, value)).toEqual(text);
});
