import { css, cx } from '@emotion/css';
import { useEffect, useState, type ReactNode } from 'react';
import type { GrafanaTheme2, PluginInclude } from '@grafana/data';
import { config, getBackendSrv, hasPermission } from '@grafana/runtime';
import { Button, Dropdown, Icon, Menu, useStyles2, type IconName } from '@grafana/ui';
import { useLocation } from 'react-router-dom-v5-compat';
import { boot } from './boot.ts';
import { pluginMetas } from './plugins.ts';

interface DashboardEntry {
  readonly uid: string;
  readonly title: string;
  readonly url: string;
}

const styles = (theme: GrafanaTheme2) => ({
  // Twice the class: Grafana's own style of `.grafana-app` stacks its children.
  app: css({
    '&&': { display: 'flex', flexDirection: 'row', minHeight: '100vh', background: theme.colors.background.canvas },
  }),
  nav: css({
    width: 224,
    flexShrink: 0,
    background: theme.colors.background.primary,
    borderRight: `1px solid ${theme.colors.border.weak}`,
    padding: theme.spacing(1, 0),
  }),
  brand: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), padding: theme.spacing(0.5, 2, 1.5) }),
  heading: css({ padding: theme.spacing(1.5, 2, 0.5), color: theme.colors.text.secondary, fontSize: 12 }),
  link: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.75, 2),
    color: theme.colors.text.secondary,
    '&:hover, &:focus-visible': { color: theme.colors.text.primary, background: theme.colors.action.hover },
  }),
  active: css({
    color: theme.colors.text.primary,
    background: theme.colors.action.selected,
    boxShadow: `inset 3px 0 ${theme.colors.warning.main}`,
  }),
  main: css({ flexGrow: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }),
  top: css({
    height: 40,
    flexShrink: 0,
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  crumbs: css({ flexGrow: 1, display: 'flex', gap: theme.spacing(1), color: theme.colors.text.secondary }),
  content: css({ flexGrow: 1, padding: theme.spacing(2), display: 'flex', flexDirection: 'column', minWidth: 0 }),
});

/** Reloads the page with another role, theme or language; the server keeps the choice in a cookie. */
function choose(name: 'role' | 'theme' | 'lang', value: string): void {
  const url = new URL(location.href);
  url.searchParams.set(name, value);
  location.assign(url);
}

interface NavLinkProps {
  readonly href: string;
  readonly icon: IconName;
  readonly text: string;
}

function NavLink({ href, icon, text }: NavLinkProps) {
  const style = useStyles2(styles);
  const path = useLocation().pathname;
  const isActive = path === href || path.startsWith(`${href}/`);
  return (
    <a href={`${config.appSubUrl}${href}`} className={cx(style.link, isActive && style.active)}>
      <Icon name={icon} /> {text}
    </a>
  );
}

const rank: Readonly<Record<string, number>> = { Viewer: 1, Editor: 2, Admin: 3 };

/** Whether Grafana would show the entry: an action decides alone, else the role. */
function mayOpen({ action, role = 'Viewer' }: PluginInclude): boolean {
  return action === undefined ? (rank[boot.user.orgRole] ?? 0) >= (rank[role] ?? 0) : hasPermission(action);
}

const iconOf = ({ icon }: PluginInclude): IconName =>
  icon === undefined || icon === '' ? 'circle' : (icon as IconName);

function Navigation({ dashboards }: { readonly dashboards: readonly DashboardEntry[] }) {
  const style = useStyles2(styles);
  const apps = pluginMetas.filter((meta) => meta.type === 'app' && meta.enabled === true);
  return (
    <nav className={style.nav} aria-label="Navigation">
      <div className={style.brand}>
        <Icon name="grafana" size="xl" /> <strong>Grafana</strong>
      </div>
      <div className={style.heading}>Dashboards</div>
      {dashboards.map((dashboard) => (
        <NavLink key={dashboard.uid} href={dashboard.url} icon="apps" text={dashboard.title} />
      ))}
      {apps.map((app) => (
        <div key={app.id}>
          <div className={style.heading}>{app.name}</div>
          {(app.includes ?? [])
            .filter((include) => include.addToNav === true && mayOpen(include))
            .map((include) => (
              <NavLink key={include.path} href={include.path ?? ''} icon={iconOf(include)} text={include.name} />
            ))}
        </div>
      ))}
    </nav>
  );
}

function Switches() {
  const { orgRole, lightTheme, language } = boot.user;
  const roles = (
    <Menu>
      {['Viewer', 'Editor', 'Admin', 'Anonymous'].map((role) => (
        <Menu.Item key={role} label={role} onClick={() => choose('role', role)} />
      ))}
    </Menu>
  );
  const isKorean = language.startsWith('ko');
  return (
    <>
      <Button variant="secondary" size="sm" onClick={() => choose('lang', isKorean ? 'en' : 'ko')}>
        {isKorean ? 'English' : '한국어'}
      </Button>
      <Button variant="secondary" size="sm" onClick={() => choose('theme', lightTheme ? 'dark' : 'light')}>
        {lightTheme ? 'Dark theme' : 'Light theme'}
      </Button>
      <Dropdown overlay={roles} placement="bottom-end">
        <Button variant="secondary" size="sm" icon="user">
          {boot.user.name === '' ? 'Anonymous' : `${boot.user.name} (${orgRole})`}
        </Button>
      </Dropdown>
    </>
  );
}

function crumbsFor(path: string, dashboards: readonly DashboardEntry[]): string[] {
  const dashboard = dashboards.find((d) => path.startsWith(`/d/${d.uid}`));
  if (dashboard !== undefined) {
    return ['Home', 'Dashboards', dashboard.title];
  }
  const app = pluginMetas.find((meta) => path.startsWith(`/a/${meta.id}`) || path.startsWith(`/plugins/${meta.id}`));
  const include = app?.includes?.find((i) => i.path !== undefined && path.startsWith(i.path));
  return ['Home', ...(app === undefined ? [] : [app.name]), ...(include === undefined ? [] : [include.name])];
}

/** The frame around every page: navigation, breadcrumbs, and the switches for theme, language and role. */
export function Chrome({ children }: { readonly children: ReactNode }) {
  const style = useStyles2(styles);
  const path = useLocation().pathname;
  const [dashboards, setDashboards] = useState<readonly DashboardEntry[]>([]);
  useEffect(() => {
    getBackendSrv()
      .get<DashboardEntry[]>('/api/search')
      .then(setDashboards)
      .catch(() => setDashboards([]));
  }, []);
  return (
    <div className={cx('grafana-app', style.app)}>
      <Navigation dashboards={dashboards} />
      <div className={style.main}>
        <header className={style.top}>
          <div className={style.crumbs}>{crumbsFor(path, dashboards).join(' › ')}</div>
          <Switches />
        </header>
        <main className={style.content}>{children}</main>
      </div>
    </div>
  );
}
