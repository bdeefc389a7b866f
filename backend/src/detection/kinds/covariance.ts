/**
 * Covariance of columns whose mean is taken off, drawn towards a multiple of the identity by as much as its own sampling
 * error asks for: it can always be inverted.
 * @param columns finite, of equal length, one for each variable
 * @returns row by row
 * @see Ledoit & Wolf (2004), Journal of Multivariate Analysis 88(2)
 */
export function shrunkCovariance(columns: readonly Float64Array[]): {
  readonly covariance: Float64Array;
  readonly shrinkage: number;
} {
  const [p, n] = [columns.length, columns[0]?.length ?? 0];
  const centred = columns.map((column) => {
    const mean = column.reduce((sum, value) => sum + value, 0) / n;
    return column.map((value) => value - mean);
  });
  const covariance = new Float64Array(p * p);
  let fourth = 0;
  let squared = 0;
  for (let i = 0; i < p; i++) {
    for (let j = 0; j <= i; j++) {
      const { product, productOfSquares } = products(centred[i]!, centred[j]!);
      covariance[i * p + j] = covariance[j * p + i] = product / n;
      const times = i === j ? 1 : 2;
      fourth += times * productOfSquares;
      squared += times * (product / n) ** 2;
    }
  }
  const trace = centred.reduce((sum, _, i) => sum + covariance[i * p + i]!, 0);
  const scale = trace / p;
  const distance = (squared - 2 * scale * trace + p * scale * scale) / p;
  const error = Math.min(distance, (fourth / n - squared) / (p * n));
  const shrinkage = error > 0 && distance > 0 ? error / distance : 0;
  return { covariance: drawnToIdentity(covariance, p, { shrinkage, scale }), shrinkage };
}

function products(a: Float64Array, b: Float64Array): { readonly product: number; readonly productOfSquares: number } {
  let product = 0;
  let productOfSquares = 0;
  for (let t = 0; t < a.length; t++) {
    const both = a[t]! * b[t]!;
    product += both;
    productOfSquares += both * both;
  }
  return { product, productOfSquares };
}

/** Mixes a square matrix with `scale` times the identity. */
export function drawnToIdentity(
  matrix: Float64Array,
  p: number,
  { shrinkage, scale }: { readonly shrinkage: number; readonly scale: number }
): Float64Array {
  return matrix.map((value, k) => (1 - shrinkage) * value + (k % (p + 1) === 0 ? shrinkage * scale : 0));
}

/**
 * Inverse of a symmetric positive definite matrix by its Cholesky factor; O(p³).
 * @returns undefined when it is not positive definite
 */
export function invertSymmetric(matrix: Float64Array, p: number): Float64Array | undefined {
  const factor = cholesky(matrix, p);
  if (factor === undefined) {
    return undefined;
  }
  const inverse = new Float64Array(p * p);
  const column = new Float64Array(p);
  for (let k = 0; k < p; k++) {
    column.fill(0);
    column[k] = 1;
    substitute(factor, p, column);
    inverse.set(column, k * p);
  }
  return inverse;
}

function cholesky(matrix: Float64Array, p: number): Float64Array | undefined {
  const factor = new Float64Array(p * p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < i; j++) {
      factor[i * p + j] = (matrix[i * p + j]! - rowProduct(factor, p, i, j)) / factor[j * p + j]!;
    }
    const rest = matrix[i * p + i]! - rowProduct(factor, p, i, i);
    if (!(rest > 0)) {
      return undefined;
    }
    factor[i * p + i] = Math.sqrt(rest);
  }
  return factor;
}

/** Product of rows i and j left of column j. */
function rowProduct(factor: Float64Array, p: number, i: number, j: number): number {
  let sum = 0;
  for (let k = 0; k < j; k++) {
    sum += factor[i * p + k]! * factor[j * p + k]!;
  }
  return sum;
}

/** Solves L·Lᵀ·x = b in place. */
function substitute(factor: Float64Array, p: number, x: Float64Array): void {
  for (let i = 0; i < p; i++) {
    for (let k = 0; k < i; k++) {
      x[i]! -= factor[i * p + k]! * x[k]!;
    }
    x[i]! /= factor[i * p + i]!;
  }
  for (let i = p - 1; i >= 0; i--) {
    for (let k = i + 1; k < p; k++) {
      x[i]! -= factor[k * p + i]! * x[k]!;
    }
    x[i]! /= factor[i * p + i]!;
  }
}
