/** Stands for styles and pictures, which no test reads. */
export const empty = '';
