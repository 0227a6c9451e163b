// Package webcase is the screens of a case: the person, the safe-contact card, risk, which consents stand, the emergency desk, decisions,
// the reflection period, what she did not want, services, filled-in forms, and the end of the case; and the search for a person whose case
// may be there already.
package webcase

import (
	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/device"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/htcds"
	"github.com/opentrm/opentrm/internal/member"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/restriction"
	"github.com/opentrm/opentrm/internal/screening"
	"github.com/opentrm/opentrm/internal/search"
	"github.com/opentrm/opentrm/internal/subject"
	"github.com/opentrm/opentrm/internal/task"
	"github.com/opentrm/opentrm/internal/transfer"
	"github.com/opentrm/opentrm/internal/wording"
)

// Services are the nouns that the screens of a case need.
type Services struct {
	Cases    *casefile.Service
	Persons  *person.Service
	Consents *consent.Service
	Members  *member.Service
	Forms    *form.Service
	Screens  *screening.Service
	Searches *search.Service
	Subjects *subject.Service
	Wordings *wording.Service

	Restrictions *restriction.Service

	Referrals   *referral.Service
	Homecomings *homecoming.Service
	Conferences *conference.Service
	Transfers   *transfer.Service
	Tasks       *task.Service

	HTCDS   *htcds.Service
	Desks   *desk.Service
	Devices *device.Service
	Lists   casefile.Data      // the lists of codes of cases
	Law     func() profile.Set // the profiles as they stand now
}

// visit is one request about a case.
type visit struct {
	*page.Visit
	Services
	drawing chan struct{} // full while a picture is drawn anew
}

// Routes returns the map of the screens of a case.
func (s Services) Routes() []page.Route {
	drawing := make(chan struct{}, 1)
	m := page.NewMap(func(v *page.Visit) *visit { return &visit{v, s, drawing} })
	m.For("GET /cases", access.ListCase, (*visit).cases)
	m.For("GET /cases/new", access.OpenCase, (*visit).openCaseForm)
	m.For("POST /cases/new", access.OpenCase, (*visit).openCase)
	m.For("GET /emergency", access.EmergencyOpenCase, (*visit).emergencyForm)
	m.For("POST /emergency", access.EmergencyOpenCase, (*visit).openEmergency)
	m.For("GET /find", access.SearchCase, (*visit).findForm)
	m.For("POST /find", access.SearchCase, (*visit).find)
	m.For("GET /hits", access.ContactCase, (*visit).hits)
	m.For("POST /hits/{hit}", access.ContactCase, (*visit).decideHit)
	m.For("GET /cases/{case}", access.ReadCase, (*visit).openedCase)
	m.For("GET /cases/{case}/restriction", access.ReasonCase, (*visit).reasonForm)
	m.For("POST /cases/{case}/restriction", access.ReasonCase, (*visit).stateReason)
	m.For("GET /cases/{case}/person", access.RecordPerson, (*visit).personForm)
	m.For("POST /cases/{case}/person", access.RecordPerson, (*visit).record)
	m.For("GET /cases/{case}/person/correct", access.CorrectPerson, (*visit).correctPersonForm)
	m.For("POST /cases/{case}/person/correct", access.CorrectPerson, (*visit).correctPerson)
	m.For("POST /cases/{case}/reach/{index}", access.ReadPerson, (*visit).reach)
	m.For("GET /cases/{case}/timeline", access.ReadCase, (*visit).timeline)
	m.For("GET /cases/{case}/files", access.ReadCase, (*visit).files)
	m.Files("POST /cases/{case}/files", access.AttachCase, fileForm, (*visit).attach)
	m.For("GET /cases/{case}/files/{record}", access.ReadCase, (*visit).fileAt)
	m.For("POST /cases/{case}/files/{record}", access.ReadCase, (*visit).saveFile)
	m.For("GET /cases/{case}/files/{record}/picture", access.ReadCase, (*visit).picture)
	m.For("GET /cases/{case}/note", access.NoteCase, (*visit).noteForm)
	m.For("POST /cases/{case}/note", access.NoteCase, (*visit).note)
	m.For("GET /cases/{case}/risk", access.AssessCase, (*visit).riskForm)
	m.For("POST /cases/{case}/risk", access.AssessCase, (*visit).assess)
	m.For("GET /cases/{case}/decide", access.DecideCase, (*visit).decideForm)
	m.For("POST /cases/{case}/decide", access.DecideCase, (*visit).decide)
	m.For("GET /cases/{case}/reflection", access.DecideCase, (*visit).reflectForm)
	m.For("POST /cases/{case}/reflection", access.DecideCase, (*visit).reflect)
	m.For("GET /cases/{case}/reflections/{record}", access.DecideCase, (*visit).reflectedForm)
	m.For("POST /cases/{case}/reflections/{record}", access.DecideCase, (*visit).reflected)
	m.For("GET /cases/{case}/refusals", access.NoteCase, (*visit).refuseForm)
	m.For("POST /cases/{case}/refusals", access.NoteCase, (*visit).refuse)
	m.For("GET /cases/{case}/refusals/{record}", access.NoteCase, (*visit).askedForm)
	m.For("POST /cases/{case}/refusals/{record}", access.NoteCase, (*visit).askedAgain)
	m.For("GET /cases/{case}/cooperation", access.CooperateCase, (*visit).cooperateForm)
	m.For("POST /cases/{case}/cooperation", access.CooperateCase, (*visit).cooperate)
	m.For("GET /cases/{case}/service", access.NoteCase, (*visit).serviceForm)
	m.For("POST /cases/{case}/service", access.NoteCase, (*visit).service)
	m.For("GET /cases/{case}/close", access.CloseCase, (*visit).closeForm)
	m.For("POST /cases/{case}/close", access.CloseCase, (*visit).closeCase)
	m.For("GET /consents/{consent}", access.ConfirmConsent, (*visit).confirmForm)
	m.For("POST /consents/{consent}", access.ConfirmConsent, (*visit).confirmConsent)
	m.For("POST /cases/{case}/consents/{consent}/withdraw", access.WithdrawConsent, (*visit).withdrawConsent)
	m.For("GET /cases/{case}/forms", access.ReadCase, (*visit).forms)
	m.For("GET /cases/{case}/fill/{form}", access.FillCase, (*visit).beginForm)
	m.For("POST /cases/{case}/fill/{form}", access.FillCase, (*visit).begin)
	m.For("GET /cases/{case}/forms/{record}", access.ReadCase, (*visit).filled)
	m.For("GET /cases/{case}/forms/{record}/fill", access.FillCase, (*visit).fillForm)
	m.For("POST /cases/{case}/forms/{record}/fill", access.FillCase, (*visit).fill)
	m.For("POST /cases/{case}/forms/{record}/finish", access.FillCase, (*visit).finish)
	m.For("GET /cases/{case}/forms/{record}/correct", access.FillCase, (*visit).correctForm)
	m.For("POST /cases/{case}/forms/{record}/correct", access.FillCase, (*visit).correct)
	m.For("GET /cases/{case}/screenings", access.ReadCase, (*visit).screenings)
	m.For("GET /cases/{case}/screenings/new", access.ScreenCase, (*visit).screenForm)
	m.For("POST /cases/{case}/screenings/new", access.ScreenCase, (*visit).screen)
	m.For("GET /cases/{case}/htcds", access.ExportCase, (*visit).exportForm)
	m.For("POST /cases/{case}/htcds", access.ExportCase, (*visit).exported)
	m.For("GET /cases/{case}/copy", access.CopyCase, (*visit).copyForm)
	m.For("POST /cases/{case}/copy", access.CopyCase, (*visit).copied)
	m.For("GET /cases/{case}/corrections", access.ReadCase, (*visit).requests)
	m.For("POST /cases/{case}/corrections", access.CorrectCase, (*visit).request)
	m.For("POST /cases/{case}/corrections/{record}", access.CorrectCase, (*visit).decideRequest)
	m.For("GET /cases/{case}/openings", access.OpeningsCase, (*visit).openings)
	m.Open("GET /offline/form", "an empty form, as every copy of the program has it, and nothing of anybody", (*visit).offlineForm)
	m.For("POST /offline/drafts", access.OpenCase, (*visit).takeDraft)
	m.For("GET /offline/drafts/{draft}", access.FillCase, (*visit).bothDrafts)
	return m.Routes()
}
