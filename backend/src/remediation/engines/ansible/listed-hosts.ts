/** Hosts of all plays in what `ansible-playbook --list-hosts` prints, each once. */
export function listedHosts(text: string): readonly string[] {
  const lines = text.split('\n');
  const found = lines.flatMap((line, index) => {
    const count = /^ {4}hosts \((\d+)\):$/.exec(line)?.[1];
    return count === undefined ? [] : lines.slice(index + 1, index + 1 + Number(count)).map((host) => host.trim());
  });
  return [...new Set(found)];
}
