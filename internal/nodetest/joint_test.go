package nodetest_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/conference"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/joint"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

const redRisk = "origin/trafficker-at-large"

// pair is two nodes of which one, on PostgreSQL where there is one, takes over somebody who returns.
func pair(t *testing.T) (*nodetest.Net, *homeward) {
	t.Helper()
	mk := nodetest.At("MK")
	if havePostgres() {
		mk = mk.OnPostgres()
	}
	n := nodetest.New(t, nodetest.At("MD"), mk)
	return n, &homeward{t: t, net: n, from: n.Node("MD"), to: n.Node("MK")}
}

// agree lets the desk of the other member take her over, and her agree that it sees what was found about risks.
func (h *homeward) agree() {
	h.t.Helper()
	h.begin()
	ctx, d := h.t.Context(), homecoming.Decision{On: "2026-03-02", Language: "ro", ReadBack: true, Free: true, Words: "home to Zelenkovo"}
	lists, err := homecoming.Shipped()
	h.must(err)
	d.Explained = lists.Codes(homecoming.ListExplained)
	h.do(h.from.Homecomings.Decide(ctx, h.from.As("ana"), h.r.ID, h.r.Version, d))
	h.shareAbroad()
}

func (h *homeward) shareAbroad() {
	h.t.Helper()
	in := giving(h.r.Case, id.Address{Member: h.to.Member, Desk: "focal-point"})
	in.Record.Purposes, in.Record.Categories = []consent.Purpose{consent.ForReturn}, []consent.Code{"risk.summary"}
	given, err := h.from.Consents.Give(h.t.Context(), h.from.As("ana"), in)
	h.must(err)
	h.shared = given.ID
}

// asking is an assessment for the desk of the other member.
func (h *homeward) asking(conclusion string) homecoming.Assessing {
	x := homecoming.Assessing{
		Member: h.to.Member, Second: "focal-point", Referral: h.handover, Language: "en", Consent: h.shared,
		Conclusion: conclusion, Accepts: []string{redRisk},
	}
	for _, domain := range []string{"person", "family", "travel", "arrival", "long-term"} {
		x.Risks = append(x.Risks, homecoming.Risk{Domain: domain, Level: homecoming.Green, Found: "DEMO"})
	}
	x.Risks = append(x.Risks, homecoming.Risk{
		Domain: "origin", Factor: "trafficker-at-large", Level: homecoming.Red, Found: "he lives in Zelenkovo", Mitigation: "another town than Zelenkovo",
	})
	return x
}

func (h *homeward) ask(conclusion string) {
	h.t.Helper()
	h.do(h.from.Homecomings.Assess(h.t.Context(), h.from.As("ana"), h.r.ID, h.r.Version, h.asking(conclusion)))
	h.net.Run()
}

// asked is the question as the other desk finds it, opened.
func (h *homeward) asked() joint.Question {
	h.t.Helper()
	q, err := h.to.Joints.Open(h.t.Context(), h.to.As("ana"), h.r.Thread)
	h.must(err)
	return q
}

func (h *homeward) signed(q joint.Question) {
	h.t.Helper()
	_, err := h.to.Joints.Sign(h.t.Context(), h.to.As("ana"), q.ID, q.Version, joint.Signing{
		Accepts: []string{redRisk}, Note: "we meet her in Zelenkovo", Language: "mk",
	})
	h.must(err)
	h.net.Run()
}

// state is what the desk that asked sees of the question.
func (h *homeward) state(want string) homecoming.File {
	h.t.Helper()
	f, err := h.from.Homecomings.Show(h.t.Context(), h.from.As("ana"), h.r.ID)
	h.must(err)
	got := ""
	if f.Asked != nil {
		got = f.Asked.State
	}
	if got != want {
		h.t.Errorf("the question is %q, want %q", got, want)
	}
	h.r = f.Return
	return f
}

// tasks are the kinds of open tasks about the question at one of the two nodes.
func (h *homeward) tasks(at *nodetest.Node, want ...string) {
	h.t.Helper()
	all, err := at.Tasks.List(h.t.Context(), at.As("ana").Actor, task.Filter{Object: string(h.r.Thread) + ".focal-point"})
	h.must(err)
	var kinds []string
	for _, x := range all {
		kinds = append(kinds, x.Kind)
	}
	if !slices.Equal(kinds, want) {
		h.t.Errorf("%s: tasks %v, want %v", at.Member, kinds, want)
	}
}

// late brings the desk that was asked an assessment which was sent before the one that it reads: it does not take its place.
func (h *homeward) late(q joint.Question) {
	h.t.Helper()
	body, err := envelope.EncodeBody(map[string]string{"step": "ask", "referral": string(q.Referral), "about": ""})
	h.must(err)
	a := exchange.Arrived{
		Envelope: envelope.Envelope{ID: "0", Header: envelope.Header{From: h.from.Member, Content: &envelope.Part{}}},
		Control:  envelope.Control{Kind: envelope.Joint, FromDesk: q.Peer.Desk, ToDesk: q.Desk, Thread: q.ID, Side: envelope.Opener, Seq: 1, Consent: q.Consent, Body: body},
	}
	err = h.to.Joints.Write(h.t.Context(), audit.Did(access.Node(h.to.Member), access.DeliverExchange, "0"), func(tx joint.Tx) error {
		return h.to.Joints.Receive(h.t.Context(), tx, a)
	})
	h.refused(err, "joint.stale")
}

// TestAReturnIsAssessedByTheDesksOfTwoMembers lets the desk that sends her home and the desk that receives her there sign one
// assessment over the border: asked, read, declined, written anew, signed, taken; and she leaves on it.
func TestAReturnIsAssessedByTheDesksOfTwoMembers(t *testing.T) {
	n, h := pair(t)
	ctx := t.Context()
	h.agree()

	// Only who has accepted her is asked, in her country of return, under a consent that names it.
	_, err := h.from.Homecomings.Assess(ctx, h.from.As("ana"), h.r.ID, h.r.Version, h.asking("home"))
	h.refused(err, "homecoming.referral")
	h.accept()
	for key, change := range map[string]func(*homecoming.Assessing){
		"homecoming.field":  func(x *homecoming.Assessing) { x.Member = "RS" },
		"consent.not-live":  func(x *homecoming.Assessing) { x.Consent = id.Dated[id.Consent](h.from.IDs) },
		"homecoming.second": func(x *homecoming.Assessing) { x.Member = "" },
	} {
		x := h.asking("home")
		change(&x)
		_, err := h.from.Homecomings.Assess(ctx, h.from.As("ana"), h.r.ID, h.r.Version, x)
		h.refused(err, key)
	}

	h.ask("home")
	h.tasks(h.to, joint.TaskAsked)
	h.waits("ana", map[string]int{homecoming.TaskAwait: 0})
	h.state("delivered")
	listed, next, err := h.to.Joints.List(ctx, h.to.As("ana").Actor, "", 10)
	if h.must(err); len(listed) != 1 || next != "" || listed[0].State != joint.Sealed || listed[0].Referral != h.handover {
		t.Errorf("the desk was asked %+v", listed)
	}
	_, err = h.to.Joints.Sign(ctx, h.to.As("ana"), h.r.Thread, listed[0].Version, joint.Signing{})
	h.refused(err, "joint.unread")
	q := h.asked()
	if q.Joint == nil || q.Joint.Assessment.Conclusion != "home" || q.Joint.Assessment.Case != "" || q.Language != "en" || len(q.Joint.Signatures) != 1 {
		t.Fatalf("the desk reads %+v", q)
	}
	n.Run()
	h.state("opened")
	_, err = h.from.Homecomings.Countersign(ctx, h.from.As("ana"), h.r.ID, h.r.Version)
	h.refused(err, "joint.unanswered")

	// That desk does not sign, and says why.
	_, err = h.to.Joints.Decline(ctx, h.to.As("ana"), q.ID, q.Version, joint.Declining{Reason: "because"})
	h.refused(err, "joint.field")
	_, err = h.to.Joints.Decline(ctx, h.to.As("ana"), q.ID, q.Version, joint.Declining{
		Reason: "more-needed", Note: "ask her sister in Zelenkovo", Language: "en",
	})
	h.must(err)
	_, err = h.to.Joints.Sign(ctx, h.to.As("ana"), q.ID, q.Version+1, joint.Signing{})
	h.refused(err, "joint.over")
	n.Run()
	h.tasks(h.from, joint.TaskAnswered)
	h.tasks(h.to)
	h.state("answered")
	h.do(h.from.Homecomings.Countersign(ctx, h.from.As("ana"), h.r.ID, h.r.Version))
	f := h.state("declined")
	if f.State != homecoming.Decided || f.Asked.Code != "more-needed" || len(f.Replies) != 1 || f.Replies[0].Value.Note != "ask her sister in Zelenkovo" {
		t.Errorf("after it declined: %+v", f)
	}
	h.tasks(h.from)

	// The assessment is written anew, twice, and an answer to the first counts for nothing.
	h.ask("home, and not to Zelenkovo")
	old := h.asked()
	n.CutAll(true)
	_, err = h.to.Joints.Sign(ctx, h.to.As("ana"), old.ID, old.Version, joint.Signing{Accepts: []string{redRisk}})
	h.must(err)
	h.do(h.from.Homecomings.Assess(ctx, h.from.As("ana"), h.r.ID, h.r.Version, h.asking("to her sister")))
	n.CutAll(false)
	n.Run()
	if f = h.state("delivered"); !f.Asked.Earlier {
		t.Error("who asked does not see that what came was about the assessment before")
	}
	_, err = h.from.Homecomings.Countersign(ctx, h.from.As("ana"), h.r.ID, h.r.Version)
	h.refused(err, "joint.unanswered")
	h.tasks(h.from)
	h.tasks(h.to, joint.TaskAsked)
	_, err = h.to.Joints.Sign(ctx, h.to.As("ana"), old.ID, old.Version+1, joint.Signing{})
	h.refused(err, "joint.stale")
	q = h.asked()
	if q.Code != joint.Anew {
		t.Error("who answered does not see that it was about the assessment before")
	}
	h.late(q)
	if q.Joint.Assessment.Conclusion != "to her sister" {
		t.Fatalf("the desk reads %q", q.Joint.Assessment.Conclusion)
	}
	h.signed(q)
	h.do(h.from.Homecomings.Countersign(ctx, h.from.As("ana"), h.r.ID, h.r.Version))
	f = h.state("signed")
	if f.State != homecoming.Assessed || len(f.Assessment.Signatures) != 2 || f.Assessment.Signatures[1].Member != "MK" || len(f.Unaccepted) != 0 || len(f.Blocks) != 0 {
		t.Errorf("after both signed: %+v, held back by %v", f, f.Blocks)
	}
	h.waits("ana", map[string]int{homecoming.TaskRenew: 30})

	// She leaves on it; when nobody asks any more how she is, nothing of it is kept abroad.
	h.do(h.from.Homecomings.Arrange(ctx, h.from.As("ana"), h.r.ID, h.r.Version, homecoming.Plan{
		Leaves: "2026-03-05", Papers: []homecoming.Paper{{Kind: "passport"}}, Fit: "yes", Escort: "organisation", With: "Zelenkovo Escort",
		MetBy: "at the station of Zelenkovo", Reception: "Zelenkovo street 1", Told: true, Referral: h.handover,
	}))
	h.do(h.from.Homecomings.Depart(ctx, h.from.As("ana"), h.r.ID, h.r.Version))
	if q = h.asked(); q.Joint == nil || q.State != joint.Signed {
		t.Errorf("the desk that signed cannot read it any more: %+v", q.Row)
	}
	h.nothingSaid()
	thread := h.r.Thread
	h.do(h.from.Homecomings.Stop(ctx, h.from.As("ana").Actor, h.r.ID, h.r.Version, "lost-contact"))
	n.Run()
	h.r.Thread = thread
	if q = h.asked(); q.Joint != nil || q.State != joint.Over {
		t.Errorf("the return is over, and the desk still reads %+v", q)
	}
}

// nothingSaid fails if a word about her stands in clear at one of the two nodes.
func (h *homeward) nothingSaid() {
	h.t.Helper()
	for _, at := range []*nodetest.Node{h.from, h.to} {
		var content, keys bytes.Buffer
		h.must(at.DB.Dump(h.t.Context(), map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
		all := strings.ToLower(content.String() + keys.String() + at.Logs.String())
		if !strings.Contains(all, string(h.r.Thread)) || strings.Contains(all, "zelenkovo") {
			h.t.Errorf("%s: a word about her stands in the database or the log", at.Member)
		}
	}
}

// TestWhatSheTakesBackIsDestroyedAbroad withdraws the consent under which a desk abroad was asked: unopened, opened, signed, and where its
// node was restored from a day before.
func TestWhatSheTakesBackIsDestroyedAbroad(t *testing.T) {
	n, h := pair(t)
	ctx := t.Context()
	h.agree()
	h.accept()
	for _, far := range []string{"unopened", "opened", "signed"} {
		h.ask("home to Zelenkovo")
		var content, keys bytes.Buffer
		switch far {
		case "opened":
			h.asked()
		case "signed":
			h.signed(h.asked())
			_, err := h.to.Backups.Make(ctx, nodetest.Console("MK"), &content, &keys)
			h.must(err)
		}
		thread := h.r.Thread
		_, err := h.from.Consents.Withdraw(ctx, h.from.As("ana").Actor, h.shared, "")
		h.must(err)
		n.Run()
		if f := h.state(""); f.State != homecoming.Decided || !slices.Equal(f.Blocks, []homecoming.Block{homecoming.Unsigned}) {
			t.Errorf("%s: after she took it back it is %s, held back by %v", far, f.State, f.Blocks)
		}
		h.r.Thread = thread
		h.tasks(h.from)
		gone := func(when string) {
			t.Helper()
			if q := h.asked(); q.State != joint.Over || q.Joint != nil || q.Box.Sealed != nil {
				t.Errorf("%s, %s: the other desk still has %+v", far, when, q.Row)
			}
			h.tasks(h.to)
		}
		gone("withdrawn")
		told := false
		h.must(store.Reader[joint.Tx](h.from.DB)(ctx, func(tx joint.Tx) error {
			all, err := tx.OutUnder(ctx, h.shared)
			for _, o := range all {
				r, bad := envelope.ParseReceipt(o.Receipt)
				told = told || o.Thread == thread && bad == nil && r.Receipt.Stage == envelope.Erased
			}
			return err
		}))
		if !told {
			t.Errorf("%s: nobody told the desk that asked that it was destroyed", far)
		}
		if far == "signed" {
			n.Clock.Advance(time.Minute)
			h.to.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
			n.Run()
			gone("restored")
		}
		h.r.Thread = ""
		h.shareAbroad()
	}

	// And without a word of hers when her consent has run out.
	h.ask("home to Zelenkovo")
	h.asked()
	n.Clock.Advance(400 * 24 * time.Hour)
	n.Run()
	if q := h.asked(); q.State != joint.Over || q.Joint != nil {
		t.Errorf("her consent has run out, and the other desk still has %+v", q.Row)
	}
}

// overridden lets two people approve that the charity is told of a case without her consent.
func (k keeping) overridden(c id.Case, basis string) id.Consent {
	k.t.Helper()
	o, err := k.Consents.Propose(k.t.Context(), k.As("ana"), c, consent.Reason{
		Basis: basis, Recipient: id.Address{Member: k.Member, Desk: "charity"}, Category: []consent.Code{"risk.summary"}, Text: "an invented danger to her, and an invented duty",
		Citation: "DEMO law 1", Notice: "as soon as she can be reached",
	})
	k.must(err)
	_, err = k.Consents.Approve(k.t.Context(), k.As("vera"), o.ID)
	k.must(err)
	return o.ID
}

// TestARestrictedCaseIsShownToNoOtherDesk asks, while a case is kept and not used at her wish, a desk abroad and one here to assess the risks
// of her return, and calls a conference: on what she agreed to before nothing is shown, on what she agrees to since it is.
func TestARestrictedCaseIsShownToNoOtherDesk(t *testing.T) {
	_, h := pair(t)
	ctx, ana := t.Context(), h.from.As("ana")
	h.agree()
	h.accept()
	before := h.asking("home")
	h.share(h.r.Case)
	charity := h.shared
	local := before
	local.Member, local.Second, local.Referral, local.Language, local.Consent = "", "charity", "", "", charity
	h.net.Clock.Advance(time.Minute)
	k := keeping{h.from, t}
	h.from.Join("focal-point", "vera", access.FocalPoint, "ana")
	duty, danger := k.overridden(h.r.Case, consent.LegalDuty), k.overridden(h.r.Case, consent.VitalInterest)
	cases, err := h.from.Cases.List(ctx, ana.Actor, casefile.Filter{Limit: 50})
	h.must(err)
	k.restrict(cases[slices.IndexFunc(cases, func(c casefile.Case) bool { return c.ID == h.r.Case })])
	_, err = h.from.Restrictions.State(ctx, ana.Actor, h.r.Case, saying("keeping"))
	h.must(err)
	for name, x := range map[string]homecoming.Assessing{"abroad": before, "here": local} {
		_, err := h.from.Homecomings.Assess(ctx, ana, h.r.ID, h.r.Version, x)
		k.refused(name, err, fault.Conflict, "restriction.in-force")
	}
	seat := h.from.Law().Seats()[0]
	call := conference.Calling{
		Purpose: "return", Meets: h.net.Now().Add(24 * time.Hour), Agenda: []conference.Item{{Title: "DEMO", Category: "risk.summary"}},
		Invites: []conference.Invite{{Desk: "focal-point", Kind: seat, Basis: conference.Own}, {Desk: "charity", Kind: seat, Basis: conference.Consent, Ground: string(charity)}},
	}
	_, err = h.from.Conferences.Call(ctx, ana, h.r.Case, call)
	k.refused("a conference", err, fault.Conflict, "restriction.in-force")
	call.Invites[1].Basis, call.Invites[1].Ground = conference.Override, string(duty)
	_, err = h.from.Conferences.Call(ctx, ana, h.r.Case, call)
	k.refused("a conference by a duty that was approved before", err, fault.Conflict, "restriction.in-force")
	own := call
	own.Invites = call.Invites[:1]
	alone, err := h.from.Conferences.Call(ctx, ana, h.r.Case, own)
	h.must(err)
	grounds, err := h.from.Conferences.Grounds(ctx, ana.Actor, alone.ID)
	h.must(err)
	if !slices.Contains(grounds, conference.Invite{Desk: "charity", Basis: conference.Override, Ground: string(danger)}) {
		t.Errorf("what was approved in danger to her life is no ground for a seat: %v", grounds)
	}
	call.Invites[1].Ground = string(danger)
	_, err = h.from.Conferences.Call(ctx, ana, h.r.Case, call)
	h.must(err) // in danger to her life it is used all the same
	call.Invites[1].Basis = conference.Consent

	h.net.Clock.Advance(time.Minute)
	h.share(h.r.Case)
	call.Invites[1].Ground = string(h.shared)
	_, err = h.from.Conferences.Call(ctx, ana, h.r.Case, call)
	h.must(err)
	h.shareAbroad()
	h.ask("home")
	if h.asked().Joint == nil {
		t.Error("on what she agreed to since, nothing was shown")
	}
}
