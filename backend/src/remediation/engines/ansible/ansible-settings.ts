/** An engine of kind ansible, with absolute paths. */
export interface AnsibleSettings {
  readonly name: string;
  readonly kind: 'ansible';
  /** One YAML or INI file; `group_vars` and `host_vars` beside it count too. */
  readonly inventory: string;
  /** Folder with `NAME.yml` and `NAME.manifest.yaml`. */
  readonly playbooks: string;
  /** Runs at once; others wait. */
  readonly atMost: number;
  /** Hosts at once within a run. */
  readonly forks: number;
  readonly vaultPasswordFile: string | undefined;
  /** Folder with ansible-playbook and ansible-inventory; those of PATH when undefined. */
  readonly commands: string | undefined;
}
