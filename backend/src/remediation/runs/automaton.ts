/** Who acts when no person does; the actor of audit entries. */
export const automaton = 'aiops';
