package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/envelope"
	"github.com/opentrm/opentrm/internal/exchange"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/profile"
	"github.com/opentrm/opentrm/internal/publication"
	"github.com/opentrm/opentrm/internal/referral"
	"github.com/opentrm/opentrm/internal/signin"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
	"github.com/opentrm/opentrm/internal/task"
)

// keeps puts something in and compares what comes out again. The use-cases of a noun exercise the rest of its methods
// on both engines; here stand those that only a whole node calls. What is put in has text that is not ASCII, bytes
// that are not text, both truths, and numbers beyond 32 bits.
var keeps = map[string]func(ctx context.Context, t *testing.T, tx *store.Tx) error{
	"papers": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		p := keyring.PaperTaken{User: "Жана", Recovery: "k1", At: huge}
		if err := tx.AddPaper(ctx, p); err != nil {
			return err
		}
		got, err := tx.Papers(ctx)
		same(t, "papers", got, []keyring.PaperTaken{p})
		return err
	},
	"pairs with a key": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		want := []keyring.Pair{
			{Desk: "склониште", Key: "k7", Use: keyring.Intake, Public: []byte{0, 255}, Private: []byte{1}, Generation: 1<<40 + 1, Created: huge},
		}
		for _, k := range []id.Key{"k7", "k8"} {
			p := want[0]
			p.Key = k
			if err := tx.AddPair(ctx, p); err != nil {
				return err
			}
		}
		got, err := tx.PairsWith(ctx, "k7")
		same(t, "pairs with a key", got, want)
		return err
	},
	"what is on the list of erasures": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		if err := tx.AddErased(ctx, "e9"); err != nil {
			return err
		}
		for _, c := range []struct {
			what, of string
			want     bool
		}{{exchange.ErasureKind, "e9", true}, {exchange.ErasureKind, "e8", false}, {"case", "e9", false}} {
			if got, err := tx.Erased(ctx, c.what, c.of); err != nil || got != c.want {
				t.Errorf("%s %s erased: %v, %v", c.what, c.of, got, err)
			}
		}
		return nil
	},
	"parked letters": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		parked := exchange.In{
			ID: "e1", From: "MD", Kind: envelope.Message, Thread: "t1", Side: envelope.Opener, Seq: 1<<20 + 1, Desk: "office", Content: true,
			State: exchange.InParked, Bytes: []byte{0, 255}, Roster: 3, Received: huge, Receipt: []byte{1}, Last: []byte{2},
		}
		bare, done := parked, parked
		bare.ID, bare.Seq, bare.Content = "e2", 1<<20+2, false
		done.ID, done.Seq, done.State = "e3", 1<<20+3, exchange.InDone
		for _, i := range []exchange.In{done, bare, parked} {
			if err := tx.AddIn(ctx, i); err != nil {
				return err
			}
		}
		got, err := tx.ParkedLetters(ctx, "", 10)
		same(t, "parked letters", got, []exchange.In{parked})
		return err
	},
	"facts":   keepFacts,
	"imports": keepImports,
	"notices": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		n := notify.Notice{ID: "n1", Desk: "office", User: "ana", Code: "task-due", Reference: "Ž-1", Object: "o1", Since: huge, Urgent: true, State: notify.Queued, Next: 7, Version: 1}
		late := n
		late.ID, late.Next, late.Object, late.Urgent = "n2", 8, "o2", false
		for _, x := range []notify.Notice{late, n} {
			if err := tx.AddNotice(ctx, x); err != nil {
				return err
			}
		}
		due := func(what string, want ...notify.Notice) error {
			got, err := tx.DueNotices(ctx, 9, 10)
			same(t, what, got, want)
			return err
		}
		if err := due("due notices", n, late); err != nil {
			return err
		}
		n.Attempts = 3
		if err := tx.SetNotice(ctx, n); err != nil {
			return err
		}
		if err := tx.SetNotice(ctx, n); !fault.Is(err, fault.Stale) {
			t.Errorf("a notice of an older version: %v", err)
		}
		n.Version++
		if err := tx.EndNotices(ctx, "o2"); err != nil {
			return err
		}
		if err := due("notices of what is over", n); err != nil {
			return err
		}
		s := notify.Setting{User: "ana", Channel: notify.Mail, Address: "ana@пример.mk", QuietFrom: 1320, QuietTo: 360, Zone: "Europe/Skopje", Language: "mk", Second: notify.SMS, SecondAddress: "+38970000000"}
		if err := tx.SetNoticeSetting(ctx, s); err != nil {
			return err
		}
		s.QuietTo = 0
		if err := tx.SetNoticeSetting(ctx, s); err != nil {
			return err
		}
		got, err := tx.NoticeSettings(ctx, []id.User{"nobody", "ana"})
		same(t, "settings", got, []notify.Setting{s})
		if err != nil {
			return err
		}
		b := []notify.Browser{{ID: "b1", User: "ana", Address: "{}", Made: 3}, {ID: "b2", User: "ana", Address: "{}", Made: 5}, {ID: "b3", User: "vera", Made: 1}}
		for _, one := range b {
			if err := tx.AddNoticeBrowser(ctx, one); err != nil {
				return err
			}
		}
		if err := tx.DropNoticeBrowser(ctx, "ana", "b3"); err != nil { // not hers
			return err
		}
		if err := tx.DropNoticeBrowser(ctx, "ana", "b1"); err != nil {
			return err
		}
		hers, err := tx.NoticeBrowsers(ctx, "ana")
		same(t, "browsers", hers, b[1:2])
		if err != nil {
			return err
		}
		others, err := tx.NoticeBrowsers(ctx, "vera")
		same(t, "browsers of another", others, b[2:])
		return err
	},
	"confirmations": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		c := profile.Confirmation{Key: "MK/clock.reflection", Digest: "d", By: "ana", On: "2026-11-23"}
		if err := tx.SetConfirmation(ctx, c); err != nil {
			return err
		}
		c.By = "vera"
		if err := tx.SetConfirmation(ctx, c); err != nil {
			return err
		}
		got, err := tx.Confirmations(ctx)
		same(t, "confirmations", got, []profile.Confirmation{c})
		return err
	},
	"node keys": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		k := keyring.NodeKey{Use: keyring.ForTLS, Key: "k1", Public: []byte{0, 255}, Private: []byte("\x00'"), Created: huge}
		if err := tx.AddNodeKey(ctx, k); err != nil {
			return err
		}
		if err := tx.RetireNodeKey(ctx, "k1", huge+1); err != nil {
			return err
		}
		if err := tx.RetireNodeKey(ctx, "k2", huge); !fault.Is(err, fault.NotFound) {
			t.Errorf("a key that is not there: %v", err)
		}
		k.Retired, k.Private = huge+1, []byte("anew\x00")
		if err := tx.SealNodeKey(ctx, "k1", k.Private); err != nil {
			return err
		}
		if err := tx.SealNodeKey(ctx, "k2", k.Private); !fault.Is(err, fault.NotFound) {
			t.Errorf("a key that is not there: %v", err)
		}
		got, err := tx.NodeKeys(ctx)
		same(t, "node keys", got, []keyring.NodeKey{k})
		return err
	},
	"what is seen of other logs": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		o := audit.Observed{Member: "RS", Epoch: 1, Size: 9, Hash: make([]byte, 32), Note: "n", Time: huge}
		s := audit.Seen{Member: "RS", At: audit.At(1, 9), Note: "— n", Time: 5}
		proven := audit.Seen{Member: "RS", At: audit.At(1, 8), Note: "n", Time: 4, Proven: true}
		for _, err := range []error{
			tx.SetAuditObserved(ctx, o), tx.SetAuditObserved(ctx, o), tx.SetAuditSeen(ctx, s), tx.SetAuditSeen(ctx, s), tx.SetAuditSeen(ctx, proven),
		} {
			if err != nil {
				return err
			}
		}
		fork := audit.Fork{Member: "RS", First: "a", Second: "b"}
		for _, known := range []bool{false, true} {
			was, err := tx.AddAuditFork(ctx, fork)
			if err != nil {
				return err
			}
			same(t, "whether the evidence was there", was, known)
		}
		for of, want := range map[id.Member][]audit.Fork{"RS": {fork}, "": {fork}, "MD": {}} {
			all, err := tx.AuditForks(ctx, of, 10)
			if err != nil {
				return err
			}
			same(t, "evidence against "+string(of), all, want)
		}
		got, err := tx.AuditObserved(ctx, "RS")
		same(t, "observed", got, o)
		if err != nil {
			return err
		}
		one, err := tx.AuditSeen(ctx, "RS", audit.At(1, 8))
		same(t, "seen", one, proven)
		if err != nil {
			return err
		}
		open, err := tx.AuditUnproven(ctx, "RS", 10)
		same(t, "unproven", open, []audit.Seen{s})
		return err
	},
	"our own checkpoints": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		c := audit.Checkpoint{At: audit.At(1, 1), Time: huge, Note: "n"}
		w := audit.Cosignature{At: c.At, Member: "RS", Time: huge, Line: "— RS"}
		for _, err := range []error{tx.AddAuditCheckpoint(ctx, c), tx.AddAuditCheckpoint(ctx, c), tx.AddAuditCosignature(ctx, w), tx.AddAuditCosignature(ctx, w), tx.AddAuditEpoch(ctx, 2, "e")} {
			if err != nil {
				return err
			}
		}
		checks, err := tx.AuditCheckpoints(ctx, 0, 1<<62, 10)
		same(t, "checkpoints", checks, []audit.Checkpoint{c})
		if err != nil {
			return err
		}
		lines, err := tx.AuditCosignatures(ctx, 0, 1<<62, 10)
		same(t, "cosignatures", lines, []audit.Cosignature{w})
		if err != nil {
			return err
		}
		epochs, err := tx.AuditEpochs(ctx)
		same(t, "epochs", epochs, []string{"e"})
		if err != nil {
			return err
		}
		blocks, err := tx.AuditBlocks(ctx, []audit.Place{audit.At(1, 0)})
		same(t, "blocks", blocks, [][]byte{nil})
		return err
	},
	"people and sessions": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		u := signin.User{ID: "u1", Login: "vera", Name: "Вера", Office: []access.Role{access.Administrator}, Language: "mk", Zone: "UTC", State: "invited", Demo: true, Created: huge, Version: 1}
		second := u
		second.ID, second.Login, second.Demo = "u2", "ana", false
		for _, x := range []signin.User{u, second} {
			if err := tx.AddUser(ctx, x); err != nil {
				return err
			}
		}
		all, err := tx.Users(ctx)
		if err != nil {
			return err
		}
		var logins []string
		for _, x := range all {
			logins = append(logins, fmt.Sprint(x.Login, x.Name, x.Demo))
		}
		same(t, "users", logins, []string{"anaВераfalse", "veraВераtrue"})
		s := signin.Session{ID: "s1", User: "u1", Hash: []byte{0, 1}, Sealed: []byte{255}, Role: access.Administrator, Created: 1, Seen: 2, Ends: huge}
		if err := tx.AddSession(ctx, s); err != nil {
			return err
		}
		s.Role, s.Desk = access.CaseManager, "office"
		if err := tx.SetSession(ctx, s); err != nil {
			return err
		}
		got, err := tx.SessionByHash(ctx, []byte{0, 1})
		same(t, "session", got, s)
		return err
	},
	"desks": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		d := desk.Desk{ID: "office", Kind: desk.AtNode, Realm: access.Assistance, Sector: profile.SectorService, Function: "desk.function.focal-point", Competence: []string{"intake"}, Languages: []string{"mk", "en"}, Zone: "UTC", Public: true, Version: 1}
		if err := tx.AddDesk(ctx, d); err != nil {
			return err
		}
		d.Public, d.Deputy, d.VerifiedOn, d.Sector = false, "other", huge, profile.SectorInternational
		if err := tx.SetDesk(ctx, d); err != nil {
			return err
		}
		if err := tx.SetDesk(ctx, d); !fault.Is(err, fault.Stale) {
			t.Errorf("a desk of an older version: %v", err)
		}
		d.Version++
		got, err := tx.Desk(ctx, "office")
		same(t, "desk", got, d)
		return err
	},
	"consents": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		c := consent.Consent{ID: "c1", Case: "case", State: consent.Given, Purposes: []consent.Purpose{"referral"}, Recipients: []id.Address{{Member: "RS", Desk: "shelter"}}, Categories: []consent.Code{"identity"}, ValidFrom: 1, ValidTo: 5, Given: 1, Version: 1}
		later := c
		later.ID, later.ValidTo = "c2", huge
		later.WithdrawnBy, later.Effective, later.Answered = "ana", 2, 3
		for _, x := range []consent.Consent{later, c} {
			if err := tx.AddConsent(ctx, x); err != nil {
				return err
			}
		}
		got, err := tx.ConsentsOf(ctx, "case")
		same(t, "consents of a case", got, []consent.Consent{c, later})
		if err != nil {
			return err
		}
		later.WithdrawnBy, later.Effective, later.Answered = "vera", 4, huge
		if err := tx.SetConsent(ctx, later); err != nil {
			return err
		}
		later.Version++
		ended, err := tx.Consent(ctx, later.ID)
		same(t, "a consent that was answered", ended, later)
		if err != nil {
			return err
		}
		over, err := tx.ConsentsOver(ctx, 5, 10)
		same(t, "consents that are over", over, []consent.Consent{c})
		if err != nil {
			return err
		}
		o := consent.Override{ID: "o1", Case: "case", State: "approved", Basis: consent.VitalInterest, Recipient: id.Address{Member: "RS", Desk: "shelter"}, Categories: []consent.Code{"identity"}, Maker: "ana", Approver: "vera", ReviewDue: 5, Approval: []byte("{}"), Version: 1}
		if err := tx.AddOverride(ctx, o); err != nil {
			return err
		}
		due, err := tx.OverridesDue(ctx, 5, 10)
		same(t, "overrides due", due, []consent.Override{o})
		return err
	},
	"consents after a restore": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		if err := tx.AddCase(ctx, casefile.Case{ID: "restored", Reference: "r", Desk: "b", Realm: access.Assistance, State: casefile.Open, AgeClass: "adult", Opened: 1, Version: 1}); err != nil {
			return err
		}
		c := consent.Consent{ID: "u1", Case: "restored", Origin: consent.TakenHere, State: consent.Given, Purposes: []consent.Purpose{"referral"}, Recipients: []id.Address{{Member: "RS", Desk: "shelter"}}, Categories: []consent.Code{"identity"}, ValidFrom: 1, ValidTo: huge, Given: 1, Version: 1}
		gone := c
		gone.ID, gone.State = "u2", consent.Withdrawn
		for _, x := range []consent.Consent{c, gone} {
			if err := tx.AddConsent(ctx, x); err != nil {
				return err
			}
		}
		asked := func(want ...consent.Consent) {
			got, err := tx.ConsentsUnasked(ctx, 2, "confirm", 10)
			if len(got) != len(want) || len(want) > 0 {
				same(t, "consents about which nobody is asked", got, want)
			}
			if err != nil {
				t.Error(err)
			}
		}
		asked()
		if err := tx.UnconfirmConsents(ctx, 3); err != nil {
			return err
		}
		c.Unconfirmed, c.Version = 3, 2
		asked(c)
		for of, want := range map[id.Consent]frame.Time{"u1": huge, "o2": huge, "none": 0} {
			if of == "o2" {
				if err := tx.AddOverride(ctx, consent.Override{ID: of, Case: "restored", State: "proposed", Basis: consent.VitalInterest, Recipient: id.Address{Member: "RS", Desk: "shelter"}, Categories: []consent.Code{"identity"}, Maker: "ana", ValidTo: want, Approval: []byte("{}"), Version: 1}); err != nil {
					return err
				}
			}
			if ends, _, err := tx.Ground(ctx, of); ends != want || err != nil {
				t.Errorf("%s ends at %d, want %d: %v", of, ends, want, err)
			}
		}
		if _, open, err := tx.Ground(ctx, "u2"); open || err != nil {
			t.Errorf("what was withdrawn has to be confirmed: %v", err)
		}
		err := tx.AddTask(ctx, task.Task{ID: "t-u1", Desk: "b", Realm: access.Assistance, Kind: "confirm", Object: "u1", Reference: "r", State: task.Open, Made: 1, Version: 1})
		asked()
		return err
	},
	"referrals, releases, sheets, forks": func(ctx context.Context, t *testing.T, tx *store.Tx) error {
		r := referral.Row{ID: "r1", Desk: "b", Side: "sender", Peer: id.Address{Member: "RS", Desk: "x"}, Reference: "Ž", Status: "draft", Urgent: true, Made: huge, Version: 1}
		other := r
		other.Desk, other.Urgent = "a", false
		l := referral.Letter{Envelope: "e1", Referral: "r1", Desk: "b", Intake: "k1", State: "sealed"}
		rel := casefile.Release{ID: "l1", Case: "case", To: "police", State: "open", Maker: "ana", Approver: "vera", Made: huge, Version: 1}
		f := publication.Fork{Member: "RS", First: []byte{0}, Second: []byte{255}, Found: huge}
		for _, err := range []error{
			tx.AddReferral(ctx, r), tx.AddReferral(ctx, other), tx.AddReferralLetter(ctx, l), tx.AddRelease(ctx, rel), tx.AddPublicationFork(ctx, f), tx.AddPublicationFork(ctx, f),
		} {
			if err != nil {
				return err
			}
		}
		ends, err := tx.ReferralEnds(ctx, "r1")
		same(t, "ends of a referral", ends, []referral.Row{other, r})
		if err != nil {
			return err
		}
		step := r // first what no index has, then what one has
		for n, change := range []func(*referral.Row){
			func(r *referral.Row) { r.Status, r.Due, r.Record, r.Peer.Desk = "sent", huge, "rec", "y" },
			func(r *referral.Row) { r.Consent = "c1" },
			func(r *referral.Row) { r.Bundle = "b1" },
			func(r *referral.Row) { r.Expires = huge },
			func(r *referral.Row) { r.Case = "case" },
			func(r *referral.Row) { r.Frozen, r.Arrived, r.Kind, r.Override = true, true, "return", true },
		} {
			change(&step)
			if err := tx.SetReferral(ctx, step); err != nil {
				return err
			}
			if err := tx.SetReferral(ctx, step); !fault.Is(err, fault.Stale) {
				t.Errorf("change %d twice: %v", n, err)
			}
			step.Version++
			got, err := tx.Referral(ctx, "r1", "b")
			same(t, "a referral that was changed", got, step)
			if err != nil {
				return err
			}
		}
		for key, want := range map[id.Key]bool{"k1": true, "k2": false, "": false} {
			if has, err := tx.ReferralSealedTo(ctx, key); err != nil || has != want {
				t.Errorf("a letter sealed to %q: %v, %v", key, has, err)
			}
		}
		releases, err := tx.ReleasesOf(ctx, "case")
		same(t, "releases", releases, []casefile.Release{rel})
		if err != nil {
			return err
		}
		if _, err := tx.SheetAt(ctx, "RS", 3); !fault.Is(err, fault.NotFound) {
			t.Errorf("a sheet that nobody sent: %v", err)
		}
		forks, err := tx.PublicationForks(ctx)
		same(t, "forks", forks, []publication.Fork{f})
		return err
	},
}

const huge = frame.Time(1) << 53

func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: %s", what, d)
	}
}

func TestWhatIsPutInComesOut(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for name, keep := range keeps {
			t.Run(name, func(t *testing.T) {
				err := store.Writer[*store.Tx](db)(ctx, did("x"), func(tx *store.Tx) error { return keep(ctx, t, tx) })
				if err != nil {
					t.Error(err)
				}
			})
		}
	})
}
