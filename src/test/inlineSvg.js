/** Stands for react-inlinesvg, which loads pictures over the network. */
export default function InlineSvg() {
  return null;
}
