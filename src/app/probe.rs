//! The revocation probe, if it is configured.

use std::sync::Arc;
use std::time::Duration;

use super::rooms::{MAILBOX, Site};
use crate::clock::random;
use crate::directory::canary::CanarySettings;
use crate::enrichment::{Ages, Enrichment, Rights};
use crate::probe::probe_actor::{PROBE, ProbeActor};
use crate::probe::{ProbeContext, Report};
use crate::supervision::{OnExhausted, Spec};
use crate::tenancy::HintKind;

impl Site<'_> {
    /// Starts it. The service is of use without, so it may be given up.
    pub(super) fn probe(&self, enrichment: &Enrichment) -> Option<Arc<Report>> {
        self.supervisor.declare(PROBE);
        let (probe, dsn) = self.settings.probe.as_ref().zip(self.strings.probe.as_ref())?;
        let report = Arc::new(Report::new(&probe.tenant, &probe.user, self.metrics.probe.clone()));
        let context = Arc::new(ProbeContext {
            dsn: Arc::clone(dsn),
            canary: CanarySettings {
                tenant: probe.tenant.clone(),
                user: probe.user.clone(),
                role: probe.role.clone(),
                grant: probe.grant.clone(),
                revoke: probe.revoke.clone(),
                patience: self.settings.database.statement_timeout + Duration::from_secs(1),
            },
            enrichment: enrichment.clone(),
            rights: Rights {
                tenants: Some(vec![probe.tenant.as_str().into()]),
                hints: vec![HintKind::Tenant],
                ages: Ages::up_to(self.settings.freshness.max_age),
            },
            every: probe.every,
            answer_deadline: self.settings.http.answer_deadline,
            random: random(),
            report: Arc::clone(&report),
        });
        let spec = Spec {
            kind: PROBE,
            name: PROBE.to_owned(),
            arbiter: self.threads.control.handle(),
            mailbox: MAILBOX,
            policy: self.policy(OnExhausted::GiveUp),
        };
        self.supervisor.supervise(spec, move |lease| ProbeActor::new(lease, Arc::clone(&context)));
        Some(report)
    }
}
