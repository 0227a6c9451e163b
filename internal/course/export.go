package course

// FHIR returns the status of the referral for other systems, as codes of FHIR R4: of Task.status and of
// ServiceRequest.status. The exact word stands beside them as Task.businessStatus. The table is in
// spec/referral.md 9. For a word that is no status both are "unknown", which a Task cannot carry: the caller
// then exports no Task.
func FHIR(s Status) (task, request string) {
	switch s {
	case Draft, Checked:
		return "draft", "draft"
	case Sent:
		return "requested", "active"
	case Delivered, Acknowledged, InformationSupplied:
		return "received", "active"
	case InformationRequested:
		return "on-hold", "active"
	case Accepted:
		return "accepted", "active"
	case HandoverPlanned:
		return "ready", "active"
	case NotArrived:
		return "on-hold", "on-hold"
	case HandedOver, InCare, Feedback:
		return "in-progress", "active"
	case Completed, Closed:
		return "completed", "completed"
	case Declined:
		return "rejected", "revoked"
	case Expired:
		return "failed", "revoked"
	case Revoked, WithdrawnByPerson:
		return "cancelled", "revoked"
	case EnteredInError:
		return "entered-in-error", "entered-in-error"
	default:
		return "unknown", "unknown"
	}
}
