import { describe, expect, test } from '@jest/globals';
import { invertSymmetric, shrunkCovariance } from './covariance.ts';

const t = Array.from({ length: 40 }, (_, i) => i);
const columns = [
  Float64Array.from(t, (i) => Math.sin(1.3 * i) + 0.5 * Math.cos(0.37 * i)),
  Float64Array.from(t, (i) => 0.8 * Math.sin(1.3 * i + 0.4) + 0.1 * Math.cos(2.9 * i)),
  Float64Array.from(t, (i) => Math.cos(0.61 * i * i)),
];

describe('a shrunk covariance', () => {
  test('and its inverse agree with scikit-learn 1.9.1 (ledoit_wolf) and NumPy', () => {
    const { covariance, shrinkage } = shrunkCovariance(columns);
    expect(shrinkage).toBeCloseTo(0.12929356677170176, 10);
    const expected = [0.6086954330083, 0.3209463057518, 0.0303945176119, 0.3209463057518, 0.3438652371125];
    expected.forEach((value, k) => expect(covariance[k]).toBeCloseTo(value, 10));
    const inverse = invertSymmetric(covariance, 3);
    const first = [3.2776731994325, -3.072026235005, -0.3010159992463, -3.072026235005, 5.791174860761];
    first.forEach((value, k) => expect(inverse?.[k]).toBeCloseTo(value, 9));
  });

  test('has no inverse when it is not positive definite', () => {
    expect(invertSymmetric(Float64Array.of(1, 1, 1, 1), 2)).toBeUndefined();
  });
});
