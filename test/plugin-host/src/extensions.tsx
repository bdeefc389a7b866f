import { css } from '@emotion/css';
import { useEffect, useState, type ComponentType } from 'react';
import {
  BusEventWithPayload,
  PluginContextProvider,
  type PluginExtensionAddedLinkConfig,
  type PluginExtensionOpenModalOptions,
  type PluginMeta,
} from '@grafana/data';
import { locationService } from '@grafana/runtime';
import { ErrorBoundaryAlert, Modal, type IconName } from '@grafana/ui';
import { loadApp, pluginMetas } from './plugins.ts';
import { readOnly } from './read-only.ts';
import { appEvents } from './services.ts';

export const panelMenuPoint = 'grafana/dashboard/panel/menu';
export const alertInstancePoint = 'grafana/alerting/instance/action';

interface Registration {
  readonly meta: PluginMeta;
  readonly config: PluginExtensionAddedLinkConfig;
}

/** A link as a menu shows it, after its `configure`. */
export interface ConfiguredLink {
  readonly title: string;
  readonly category: string | undefined;
  readonly icon: IconName | undefined;
  readonly href: string | undefined;
  readonly onClick: (() => void) | undefined;
}

interface OpenModal extends PluginExtensionOpenModalOptions {
  readonly meta: PluginMeta;
}

class OpenModalEvent extends BusEventWithPayload<OpenModal> {
  static readonly type = 'host-open-modal';
}

const registrations: Registration[] = [];

/** Loads the apps that declare links and collects what they really register. */
export async function loadExtensions(): Promise<void> {
  const apps = pluginMetas.filter((meta) => meta.type === 'app' && meta.enabled === true);
  for (const meta of apps) {
    const app = await loadApp(meta.id);
    registrations.push(...app.addedLinkConfigs.map((config) => ({ meta, config })));
  }
}

/** Grafana cuts titles in menus at 25 characters. */
export const menuTitle = (title: string): string => (title.length > 25 ? `${title.slice(0, 22)}...` : title);

function configure({ meta, config }: Registration, point: string, context: object): ConfiguredLink | undefined {
  let changes: ReturnType<NonNullable<typeof config.configure>> = {};
  try {
    changes = config.configure === undefined ? {} : config.configure(context);
  } catch (cause) {
    // As in Grafana: a link whose configure throws is hidden, and only the console tells.
    console.error(`Failed to configure link extension "${config.title}"`, cause);
    return undefined;
  }
  if (changes === undefined) {
    return undefined;
  }
  const link = { ...config, ...changes };
  const helpers = {
    context,
    extensionPointId: point,
    openModal: (options: PluginExtensionOpenModalOptions) =>
      appEvents.publish(new OpenModalEvent({ ...options, meta })),
    openSidebar: () => undefined,
    closeSidebar: () => undefined,
    toggleSidebar: () => undefined,
  };
  const { onClick, path } = link;
  return {
    title: link.title,
    category: link.category,
    icon: link.icon,
    href: path,
    onClick:
      onClick === undefined
        ? (path && (() => locationService.push(path))) || undefined
        : () => onClick(undefined, helpers),
  };
}

/** The links at an extension point for one context, at most `limit` of each plugin. */
export function linksAt(point: string, rawContext: object, limit = 3): ConfiguredLink[] {
  const context = readOnly(rawContext);
  const used = new Map<string, number>();
  return registrations.flatMap((registration) => {
    const { config, meta } = registration;
    const count = used.get(meta.id) ?? 0;
    if (![config.targets].flat().includes(point) || count >= limit) {
      return [];
    }
    const link = configure(registration, point, context);
    used.set(meta.id, link === undefined ? count : count + 1);
    return link === undefined ? [] : [link];
  });
}

/** Shows what a link opened with `helpers.openModal`, outside of the app's own tree. */
export function ExtensionModals() {
  const [modal, setModal] = useState<OpenModal>();
  useEffect(() => {
    const subscription = appEvents.subscribe(OpenModalEvent, (event) => setModal(event.payload));
    return () => subscription.unsubscribe();
  }, []);
  if (modal === undefined) {
    return null;
  }
  const close = () => setModal(undefined);
  const Body = modal.body as ComponentType<{ onDismiss: () => void }>;
  const size = css({ width: modal.width, height: modal.height });
  return (
    <Modal title={modal.title} isOpen onDismiss={close} className={size}>
      <PluginContextProvider meta={modal.meta}>
        <ErrorBoundaryAlert>
          <Body onDismiss={close} />
        </ErrorBoundaryAlert>
      </PluginContextProvider>
    </Modal>
  );
}
