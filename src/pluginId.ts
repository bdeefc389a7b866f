/** Names that plugin.json and the code share; a test compares them. */
export const pluginId = 'selfheal-aiops-app';
export const forecastPanelId = 'selfheal-forecast-panel';
export const alertsPanelId = 'selfheal-alerts-panel';
export const appRoot = `/a/${pluginId}`;
export const readAction = `${pluginId}.insights:read`;
export const writeAction = `${pluginId}.models:write`;
export const planAction = `${pluginId}.remediation:plan`;
export const runAction = `${pluginId}.remediation:run`;
