import type { AppRootProps } from '@grafana/data';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Navigate, Route, Routes } from 'react-router-dom';
import { LoadingPlaceholder } from '@grafana/ui';
import { createQueryClient } from '../api/queryClient.ts';
import { appRoot } from '../pluginId.ts';

const OverviewPage = lazy(() => import('../pages/overview/OverviewPage.tsx'));
const ForecastsPage = lazy(() => import('../pages/forecasts/ForecastsPage.tsx'));
const NewJobPage = lazy(() => import('../pages/forecasts/NewJobPage.tsx'));
const JobPage = lazy(() => import('../pages/forecasts/JobPage.tsx'));
const EditJobPage = lazy(() => import('../pages/forecasts/EditJobPage.tsx'));
const AnomaliesPage = lazy(() => import('../pages/anomalies/AnomaliesPage.tsx'));
const AnomalyPage = lazy(() => import('../pages/anomalies/AnomalyPage.tsx'));
const CapacityPage = lazy(() => import('../pages/capacity/CapacityPage.tsx'));
const RemediationPage = lazy(() => import('../pages/remediation/RemediationPage.tsx'));
const RunPage = lazy(() => import('../pages/remediation/RunPage.tsx'));
const PolicyPage = lazy(() => import('../pages/remediation/PolicyPage.tsx'));
const EpisodePage = lazy(() => import('../pages/remediation/EpisodePage.tsx'));
const CalendarsPage = lazy(() => import('../pages/calendars/CalendarsPage.tsx'));

/** The app's pages. Grafana has routed everything under `/a/<id>` here. */
export default function App(_props: AppRootProps) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Suspense fallback={<LoadingPlaceholder text="" />}>
        <Routes>
          <Route path="overview" element={<OverviewPage />} />
          <Route path="forecasts" element={<ForecastsPage />} />
          <Route path="forecasts/new" element={<NewJobPage />} />
          <Route path="forecasts/:name" element={<JobPage />} />
          <Route path="forecasts/:name/edit" element={<EditJobPage />} />
          <Route path="anomalies" element={<AnomaliesPage />} />
          <Route path="anomalies/:id" element={<AnomalyPage />} />
          <Route path="capacity" element={<CapacityPage />} />
          <Route path="remediation" element={<RemediationPage />} />
          <Route path="remediation/runs/:id" element={<RunPage />} />
          <Route path="remediation/policies/:name" element={<PolicyPage />} />
          <Route path="remediation/episodes/:id" element={<EpisodePage />} />
          <Route path="calendars" element={<CalendarsPage />} />
          <Route path="*" element={<Navigate to={`${appRoot}/overview`} replace />} />
        </Routes>
      </Suspense>
    </QueryClientProvider>
  );
}
