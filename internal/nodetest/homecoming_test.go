package nodetest_test

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/backup"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/homecoming"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/task"
)

// homeward is a return from one node to the country of the other.
type homeward struct {
	t        *testing.T
	net      *nodetest.Net
	from, to *nodetest.Node
	r        homecoming.Return
	shared   id.Consent // with the second desk
	handover id.Referral
}

func (h *homeward) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%s: %v", h.from.Member, err)
	}
}

func (h *homeward) do(r homecoming.Return, err error) {
	h.t.Helper()
	h.must(err)
	h.r = r
}

func (h *homeward) refused(err error, key string) {
	h.t.Helper()
	if _, got, _ := fault.Public(err); got != key {
		h.t.Fatalf("%s: got %v, want %s", h.from.Member, err, key)
	}
}

// begin opens a case, a desk of another organisation, and what she agrees to: that it may see the risks, and that a desk in the other
// country takes her over, which accepts.
func (h *homeward) begin() {
	h.t.Helper()
	ctx, there := h.t.Context(), id.Address{Member: h.to.Member, Desk: "focal-point"}
	h.must(h.from.Keyring.Found(ctx, nodetest.Console(h.from.Member), keyring.Founding{
		Desk: desk.Desk{
			ID: "charity", Organisation: "charity", Kind: desk.AtNode, Realm: access.Assistance, Sector: desk.Unsaid(access.Assistance),
			Function: "desk.function.shelter", Competence: []string{}, Languages: []string{"en"}, Zone: "UTC", VerifiedOn: frame.At(h.net.Clock.Now()),
		},
		First: h.from.User("olga"), Role: access.CaseManager,
	}))
	who := demo.Invented()
	file, err := h.from.Cases.Open(ctx, h.from.As("ana"), opening(&who))
	h.must(err)
	h.do(h.from.Homecomings.Propose(ctx, h.from.As("ana"), file.ID, string(h.to.Member)))
	_, err = h.from.Cases.Close(ctx, h.from.As("ana"), file.ID, file.Version, casefile.Closure{Reason: "repatriated", Date: "2026-03-02", Action: "erase"})
	h.refused(err, "homecoming.case-open")
	h.share(file.ID)
	taken, err := h.from.Consents.Give(ctx, h.from.As("ana"), giving(file.ID, there))
	h.must(err)
	row, err := h.from.Referrals.Draft(ctx, h.from.As("ana"), file.ID, referral.At{}, drafting(there, taken.ID, frame.At(h.net.Clock.Now())))
	h.must(err)
	h.handover = row.ID
	_, err = h.from.Referrals.Check(ctx, h.from.As("ana"), referral.At{Referral: row.ID})
	h.must(err)
	_, err = h.from.Referrals.Send(ctx, h.from.As("ana"), referral.At{Referral: row.ID}, false)
	h.must(err)
}

// share records that she agrees that the charity may see what was found about risks.
func (h *homeward) share(c id.Case) {
	h.t.Helper()
	in := giving(c, id.Address{Member: h.from.Member, Desk: "charity"})
	in.Record.Purposes, in.Record.Categories = []consent.Purpose{consent.ForReturn}, []consent.Code{"risk.summary"}
	given, err := h.from.Consents.Give(h.t.Context(), h.from.As("ana"), in)
	h.must(err)
	h.shared = given.ID
}

// accept lets the desk in the other country take her over.
func (h *homeward) accept() {
	h.t.Helper()
	ctx, at := h.t.Context(), referral.At{Referral: h.handover}
	h.net.Run()
	_, err := h.to.Referrals.Open(ctx, h.to.As("ana"), at)
	h.must(err)
	_, err = h.to.Referrals.Acknowledge(ctx, h.to.As("ana"), at)
	h.must(err)
	_, err = h.to.Referrals.Accept(ctx, h.to.As("ana"), at)
	h.must(err)
	h.net.Run()
}

// prepare brings the return to where she could leave.
func (h *homeward) prepare() {
	h.t.Helper()
	ctx, s, d := h.t.Context(), h.from.Homecomings, homecoming.Decision{
		On: "2026-03-02", Language: "ro", Interpreter: "Zelenkovo Interpreter", Free: true, Words: "home to Zelenkovo",
	}
	lists, err := homecoming.Shipped()
	h.must(err)
	d.Explained = lists.Codes(homecoming.ListExplained)
	h.do(s.Decide(ctx, h.from.As("ana"), h.r.ID, h.r.Version, d))
	h.assess()
	// She takes back that the charity may know, and agrees anew: it was to be assessed again meanwhile.
	_, err = h.from.Consents.Withdraw(ctx, h.from.As("ana").Actor, h.shared, "")
	h.must(err)
	f, err := s.Show(ctx, h.from.As("ana"), h.r.ID)
	h.must(err)
	if h.r = f.Return; h.r.State != homecoming.Decided || !slices.Equal(f.Blocks, []homecoming.Block{homecoming.Unsigned}) {
		h.t.Errorf("%s: after she took it back it is %s, held back by %v", h.from.Member, h.r.State, f.Blocks)
	}
	h.waits("ana", map[string]int{})
	h.share(h.r.Case)
	h.assess()
	h.do(s.Arrange(ctx, h.from.As("ana"), h.r.ID, h.r.Version, homecoming.Plan{
		Leaves: "2026-03-05", Papers: []homecoming.Paper{{Kind: "passport"}}, Fit: "yes", Escort: "organisation", With: "Zelenkovo Escort",
		MetBy: "at the station of Zelenkovo", Reception: "Zelenkovo street 1", Told: true, Referral: h.handover,
	}))
}

// assess lets both desks sign.
func (h *homeward) assess() {
	h.t.Helper()
	ctx, s := h.t.Context(), h.from.Homecomings
	x := homecoming.Assessing{Second: "charity", Consent: h.shared, Conclusion: "not to Zelenkovo", Accepts: []string{"origin/trafficker-at-large"}}
	for _, domain := range []string{"person", "family", "travel", "arrival", "long-term"} {
		x.Risks = append(x.Risks, homecoming.Risk{Domain: domain, Level: homecoming.Green, Found: "DEMO"})
	}
	x.Risks = append(x.Risks, homecoming.Risk{
		Domain: "origin", Factor: "trafficker-at-large", Level: homecoming.Red, Found: "he lives in Zelenkovo", Mitigation: "another town than Zelenkovo",
	})
	h.do(s.Assess(ctx, h.from.As("ana"), h.r.ID, h.r.Version, x))
	h.waits("olga", map[string]int{homecoming.TaskSign: 0})
	h.do(s.Sign(ctx, h.from.As("olga"), h.r.ID, h.r.Version, x.Accepts))
	h.waits("olga", map[string]int{})
	h.waits("ana", map[string]int{homecoming.TaskRenew: 30})
}

// waits holds the open tasks about the return that somebody sees against what they should be: by kind, after how many days they are
// due; 0: somehow soon.
func (h *homeward) waits(who string, want map[string]int) {
	h.t.Helper()
	all, err := h.from.Tasks.List(h.t.Context(), h.from.As(who).Actor, task.Filter{Object: string(h.r.ID)})
	h.must(err)
	if len(all) != len(want) {
		h.t.Errorf("%s: %s has %d tasks, want %v", h.from.Member, who, len(all), want)
	}
	for _, x := range all {
		days, wanted := want[x.Kind]
		if due := int((time.Duration(x.Due-x.Made)*time.Microsecond + time.Minute) / (24 * time.Hour)); !wanted || x.Due == 0 || days > 0 && due != days {
			h.t.Errorf("%s: %s has the task %s, due after %d days, want %v", h.from.Member, who, x.Kind, due, want)
		}
		// An old assessment only keeps her here; of everything else somebody hears at last.
		if n := len(x.Chain); x.Kind != homecoming.TaskRenew && (n == 0 || x.Chain[n-1].Step != task.AtCoordinator) {
			h.t.Errorf("%s: the task %s climbs by %v", h.from.Member, x.Kind, x.Chain)
		}
	}
}

// leave lets her leave and arrive, not at once.
func (h *homeward) leave() {
	h.t.Helper()
	ctx, s := h.t.Context(), h.from.Homecomings
	h.do(s.Depart(ctx, h.from.As("ana"), h.r.ID, h.r.Version))
	h.waits("ana", map[string]int{homecoming.TaskArrival: 1})
	lost := homecoming.Report{On: "2026-03-05", Safe: "unknown", Note: "not on the train to Zelenkovo"}
	h.do(s.Arrive(ctx, h.from.As("ana"), h.r.ID, h.r.Version, lost))
	if h.waits("ana", map[string]int{homecoming.TaskArrival: 1}); h.r.State != homecoming.Departed {
		h.t.Errorf("%s: she has not arrived, and is %s", h.from.Member, h.r.State)
	}
	h.do(s.Arrive(ctx, h.from.As("ana"), h.r.ID, h.r.Version, homecoming.Report{On: "2026-03-06", Arrived: true, MetBy: "Zelenkovo Centre", Safe: "yes"}))
	h.waits("ana", after())
}

// after are the tasks of the year after her arrival, and on which day they are due.
func after() map[string]int {
	return map[string]int{"return.feedback-30": 30, "return.feedback-90": 90, "return.feedback-180": 180, "return.feedback-365": 365}
}

// year asks how she is for a year.
func (h *homeward) year() {
	h.t.Helper()
	ctx, s, left := h.t.Context(), h.from.Homecomings, after()
	passed := 0
	for _, day := range []int{30, 90, 180, 365} {
		h.net.Clock.Advance(time.Duration(day-passed) * 24 * time.Hour)
		passed = day
		maps.DeleteFunc(left, func(_ string, d int) bool { return d == day })
		_, err := s.Close(ctx, h.from.As("ana").Actor, h.r.ID, h.r.Version, homecoming.FollowedUp)
		h.refused(err, "homecoming.unfollowed")
		x := homecoming.Report{Point: int64(day), On: "2026-12-31", Safe: "yes", Outcome: "stable", Opinion: "Zelenkovo is home"}
		h.do(s.Follow(ctx, h.from.As("ana"), h.r.ID, h.r.Version, x))
		_, err = s.Follow(ctx, h.from.As("ana"), h.r.ID, h.r.Version, x)
		h.refused(err, "homecoming.point")
		h.waits("ana", left)
	}
	h.do(s.Close(ctx, h.from.As("ana").Actor, h.r.ID, h.r.Version, homecoming.FollowedUp))
	if f, err := s.Show(ctx, h.from.As("ana"), h.r.ID); err != nil || f.State != homecoming.Closed || len(f.Reports) != 6 || len(f.Assessment.Signatures) != 2 {
		h.t.Errorf("%s: at the end %+v, %v", h.from.Member, f, err)
	}
}

// TestHomecoming follows a return on whole nodes, on both engines, from the proposal to the end of the year: with a red risk that both
// desks accept, a referral by which the other country takes her over, and a change of mind that a restore loses.
func TestHomecoming(t *testing.T) {
	mk := nodetest.At("MK")
	if havePostgres() {
		mk = mk.OnPostgres()
	}
	n := nodetest.New(t, nodetest.At("MD"), mk)
	md := &homeward{t: t, net: n, from: n.Node("MD"), to: n.Node("MK")}
	both := []*homeward{md, {t: t, net: n, from: n.Node("MK"), to: n.Node("MD")}}
	ctx := t.Context()
	for _, h := range both {
		h.begin()
		h.prepare()
		_, err := h.from.Homecomings.Depart(ctx, h.from.As("ana"), h.r.ID, h.r.Version)
		h.refused(err, "homecoming.referral")
	}
	md.accept()
	both[1].accept()

	// She changes her mind, and a restore forgets it: nobody leaves before she was asked again.
	var content, keys bytes.Buffer
	_, err := md.from.Backups.Make(ctx, nodetest.Console("MD"), &content, &keys)
	md.must(err)
	n.Clock.Advance(time.Minute)
	_, err = md.from.Homecomings.Withdraw(ctx, md.from.As("olga").Actor, md.r.ID, md.r.Version)
	md.must(err)
	md.waits("ana", map[string]int{})
	md.from.Restore(backup.From{Content: bytes.NewReader(content.Bytes()), Keys: bytes.NewReader(keys.Bytes())})
	_, err = md.from.Homecomings.Depart(ctx, md.from.As("ana"), md.r.ID, md.r.Version)
	md.refused(err, "homecoming.block.consent")
	_, err = md.from.Consents.Confirm(ctx, md.from.As("ana").Actor, md.shared, consent.AskedAgain)
	md.must(err)
	n.Run()

	for _, h := range both {
		h.leave()
	}
	for _, h := range both {
		h.year()
		var content, keys bytes.Buffer
		h.must(h.from.DB.Dump(ctx, map[store.Class]io.Writer{store.Content: &content, store.Keys: &keys}))
		all := strings.ToLower(content.String() + keys.String() + h.from.Logs.String())
		if !strings.Contains(all, string(h.r.ID)) || strings.Contains(all, "zelenkovo") {
			t.Errorf("%s: a word about her stands in the database or the log", h.from.Member)
		}
	}
}
