package apireferral

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/opentrm/opentrm/internal/call"
	"github.com/opentrm/opentrm/internal/course"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/referral"
)

// A referral for systems that speak FHIR R4 (https://hl7.org/fhir/R4/task.html, https://hl7.org/fhir/R4/servicerequest.html):
// a ServiceRequest for what is asked and a Task for how far it is, as spec/referral.md 9 says. They hold what the list of
// referrals holds: codes, identifiers and times. The person is the identifier of her referral and nothing else, so two
// referrals of one person do not tell that they are of one, unless one was made to continue the other.

// Systems of codes and identifiers that are this network's own.
const (
	systemReferral  = "urn:opentrm:referral"
	systemReference = "urn:opentrm:referral-reference"
	systemPerson    = "urn:opentrm:person-of-referral"
	systemDesk      = "urn:opentrm:desk"
	systemRealm     = "urn:opentrm:realm"
	systemKind      = "urn:opentrm:referral-kind"
	systemBasis     = "urn:opentrm:referral-basis"
	systemStatus    = "urn:opentrm:referral-status"
	systemReason    = "urn:opentrm:referral-reason"
	systemOutcome   = "urn:opentrm:referral-outcome"
	systemTask      = "http://hl7.org/fhir/CodeSystem/task-code"
)

// FHIRIdentifier is a value in a system.
type FHIRIdentifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

// FHIRReference points to a resource of the same bundle, or says by an identifier who is meant.
type FHIRReference struct {
	Reference  string          `json:"reference,omitempty"`
	Type       string          `json:"type,omitempty"`
	Identifier *FHIRIdentifier `json:"identifier,omitempty"`
}

// FHIRCoding is a code in a system.
type FHIRCoding struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// FHIRConcept is a notion by its code.
type FHIRConcept struct {
	Coding []FHIRCoding `json:"coding" nullable:"false"`
}

// FHIRPeriod is a time from and until a moment.
type FHIRPeriod struct {
	Start string `json:"start,omitempty"`
	End   string `json:"end,omitempty"`
}

// FHIROutput is what came of a task.
type FHIROutput struct {
	Type  FHIRConcept `json:"type"`
	Value FHIRConcept `json:"valueCodeableConcept"`
}

// FHIRRestriction is until when the work may be done.
type FHIRRestriction struct {
	Period FHIRPeriod `json:"period"`
}

// FHIRResource is a ServiceRequest or a Task. What one of them has not is left out of it.
type FHIRResource struct {
	Type            string           `json:"resourceType" enum:"ServiceRequest,Task"`
	Identifier      []FHIRIdentifier `json:"identifier" nullable:"false"`
	BasedOn         []FHIRReference  `json:"basedOn,omitempty"`
	Replaces        []FHIRReference  `json:"replaces,omitempty" doc:"The referral that this one continues"`
	GroupIdentifier *FHIRIdentifier  `json:"groupIdentifier,omitempty"`
	Requisition     *FHIRIdentifier  `json:"requisition,omitempty"`
	Status          string           `json:"status"`
	StatusReason    *FHIRConcept     `json:"statusReason,omitempty"`
	BusinessStatus  *FHIRConcept     `json:"businessStatus,omitempty" doc:"The exact state"`
	Intent          string           `json:"intent"`
	Category        []FHIRConcept    `json:"category,omitempty"`
	Priority        string           `json:"priority" enum:"routine,urgent"`
	Code            FHIRConcept      `json:"code"`
	Subject         *FHIRReference   `json:"subject,omitempty"`
	Focus           *FHIRReference   `json:"focus,omitempty"`
	For             *FHIRReference   `json:"for,omitempty"`
	ExecutionPeriod *FHIRPeriod      `json:"executionPeriod,omitempty"`
	AuthoredOn      string           `json:"authoredOn"`
	LastModified    string           `json:"lastModified,omitempty"`
	Requester       FHIRReference    `json:"requester"`
	Performer       []FHIRReference  `json:"performer,omitempty"`
	Owner           *FHIRReference   `json:"owner,omitempty"`
	ReasonCode      any              `json:"reasonCode,omitempty" doc:"The basis in law: a list in a ServiceRequest, one in a Task"`
	Restriction     *FHIRRestriction `json:"restriction,omitempty"`
	Output          []FHIROutput     `json:"output,omitempty"`
}

// FHIREntry is a resource under its name in the bundle.
type FHIREntry struct {
	FullURL  string       `json:"fullUrl"`
	Resource FHIRResource `json:"resource"`
}

// FHIRLink leads to another page.
type FHIRLink struct {
	Relation string `json:"relation"`
	URL      string `json:"url"`
}

// FHIRBundle is a collection of resources.
type FHIRBundle struct {
	Type      string      `json:"resourceType"`
	Kind      string      `json:"type"`
	Timestamp string      `json:"timestamp"`
	Link      []FHIRLink  `json:"link,omitempty"`
	Entry     []FHIREntry `json:"entry,omitempty"`
}

// InFHIR is an answer in FHIR R4.
type InFHIR struct {
	Body FHIRBundle `media:"application/fhir+json"`
}

func concept(system string, code referral.Code) FHIRConcept {
	return FHIRConcept{[]FHIRCoding{{system, string(code)}}}
}

func instant(t frame.Time) string { return t.Time().UTC().Format("2006-01-02T15:04:05.000Z") }

// named returns the name of a resource in a bundle: the same wherever and whenever the referral is exported (RFC 9562 5.8).
func named(r id.Referral, resource string) string {
	h := sha256.Sum256([]byte("opentrm/fhir/1\x00" + resource + "\x00" + string(r)))
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

func deskOf(a id.Address) FHIRReference {
	return FHIRReference{Type: "Organization", Identifier: &FHIRIdentifier{systemDesk, string(a.Member) + "/" + string(a.Desk)}}
}

// Resources returns a referral as its ServiceRequest and its Task, from one end of it that is at a member. With the zero state
// they say nothing of reasons, outcome and the time of sending. It returns none for a status that is none.
func Resources(own id.Member, r referral.Row, st referral.State) []FHIREntry {
	task, request := course.FHIR(r.Status)
	if task == "unknown" {
		return nil
	}
	from, to := deskOf(id.Address{Member: own, Desk: r.Desk}), deskOf(r.Peer)
	if r.Side == referral.Receiver {
		from, to = to, from
	}
	priority := "routine"
	if r.Urgent {
		priority = "urgent"
	}
	who := &FHIRReference{Type: "Patient", Identifier: &FHIRIdentifier{systemPerson, string(r.ID)}}
	known := []FHIRIdentifier{{systemReferral, string(r.ID)}}
	reference := &FHIRIdentifier{systemReference, r.Reference}
	asked := FHIREntry{named(r.ID, "ServiceRequest"), FHIRResource{
		Type: "ServiceRequest", Identifier: known, Requisition: reference, Status: request, Intent: "order",
		Category: []FHIRConcept{concept(systemRealm, referral.Code(r.Realm))}, Priority: priority, Code: concept(systemKind, r.Kind),
		Subject: who, AuthoredOn: instant(r.Made), Requester: from, Performer: []FHIRReference{to},
	}}
	if r.Basis != "" {
		asked.Resource.ReasonCode = []FHIRConcept{concept(systemBasis, r.Basis)}
	}
	if r.Continues != "" {
		asked.Resource.Replaces = []FHIRReference{{Type: "ServiceRequest", Identifier: &FHIRIdentifier{systemReferral, string(r.Continues)}}}
	}
	stands := concept(systemStatus, referral.Code(r.Status))
	focus := &FHIRReference{Reference: asked.FullURL, Type: "ServiceRequest"}
	done := FHIREntry{named(r.ID, "Task"), FHIRResource{
		Type: "Task", Identifier: known, GroupIdentifier: reference, BasedOn: []FHIRReference{*focus}, Status: task, BusinessStatus: &stands,
		Intent: "order", Priority: priority, Code: concept(systemTask, "fulfill"), Focus: focus, For: who,
		AuthoredOn: instant(r.Made), LastModified: instant(r.Since), Requester: from, Owner: &to,
	}}
	t := &done.Resource
	if r.Expires != 0 {
		t.Restriction = &FHIRRestriction{FHIRPeriod{End: instant(r.Expires)}}
	}
	if st.Request.At != 0 {
		t.ExecutionPeriod = &FHIRPeriod{Start: instant(st.Request.At)}
		if r.Status.Ended() {
			t.ExecutionPeriod.End = instant(max(r.Since, st.Request.At))
		}
	}
	if st.Reason != "" {
		why := concept(systemReason, st.Reason)
		t.StatusReason = &why
	}
	if st.Outcome != "" {
		t.Output = []FHIROutput{{concept(systemTask, "fulfill"), concept(systemOutcome, st.Outcome)}}
	}
	return []FHIREntry{asked, done}
}

func (a *Area) bundle(entries []FHIREntry) *InFHIR {
	return &InFHIR{FHIRBundle{Type: "Bundle", Kind: "collection", Timestamp: a.Now().UTC().Format(time.RFC3339), Entry: entries}}
}

func (a *Area) referralInFHIR(ctx context.Context, by keyring.Bearer, in *OneEnd) (*InFHIR, error) {
	if err := a.Referrals.MayTell(ctx, by.Actor, in.at()); err != nil {
		return nil, err
	}
	r, st, _, err := a.Referrals.Show(ctx, by.Actor, in.at())
	if err != nil {
		return nil, err
	}
	return a.bundle(Resources(a.Referrals.Member, r, st)), nil
}

func (a *Area) referralsInFHIR(ctx context.Context, by keyring.Bearer, in *Referrals) (*InFHIR, error) {
	rows, next, err := a.page(ctx, by, in)
	if err != nil {
		return nil, err
	}
	var all []FHIREntry
	for _, r := range rows {
		err := a.Referrals.MayTell(ctx, by.Actor, referral.At{Referral: r.ID, Desk: r.Desk})
		if fault.Is(err, fault.Conflict) {
			continue // she wants it kept and not used
		}
		if err != nil {
			return nil, err
		}
		all = append(all, Resources(a.Referrals.Member, r, referral.State{})...)
	}
	out := a.bundle(all)
	if next != "" {
		q := url.Values{"after": {next}, "limit": {fmt.Sprint(in.AtMost())}}
		if in.Status != "" {
			q.Set("status", string(in.Status))
		}
		if in.Member != "" {
			q.Set("member", string(in.Member))
		}
		out.Body.Link = []FHIRLink{{"next", "?" + q.Encode()}}
	}
	return out, nil
}

// page returns a page of referrals and the cursor of the next one.
func (a *Area) page(ctx context.Context, by keyring.Bearer, in *Referrals) ([]referral.Row, string, error) {
	after, err := in.Cursor()
	if err != nil {
		return nil, "", err
	}
	var from endAt
	if after != "" {
		if err := json.Unmarshal([]byte(after), &from); err != nil {
			return nil, "", call.BadCursor()
		}
	}
	limit := min(in.AtMost(), 200)
	all, err := a.Referrals.List(ctx, by.Actor, referral.Wanted{
		Status: in.Status, Peer: in.Member, After: from.Referral, AfterDesk: from.Desk, Limit: limit,
	})
	if err != nil || len(all) < limit {
		return all, "", err
	}
	b, err := json.Marshal(endAt{all[limit-1].ID, all[limit-1].Desk})
	if err != nil {
		return nil, "", err
	}
	return all, in.Next(string(b)), nil
}
