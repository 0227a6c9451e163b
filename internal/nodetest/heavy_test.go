package nodetest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/consent"
	"github.com/opentrm/opentrm/internal/demo"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/message"
	"github.com/opentrm/opentrm/internal/node"
	"github.com/opentrm/opentrm/internal/nodetest"
	"github.com/opentrm/opentrm/internal/notify"
	"github.com/opentrm/opentrm/internal/person"
	"github.com/opentrm/opentrm/internal/referral"
)

// postman keeps the mails that nodes send.
type postman struct {
	mu    sync.Mutex
	mails []notify.Message
}

func (p *postman) Send(_ context.Context, m notify.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mails = append(p.mails, m)
	return nil
}

// heavy is a network of three members under load. MD and MK have no address and call RO, which keeps envelopes for them
// and has its data in PostgreSQL if the tests have a server. A thief sits on both lines with the keys of all nodes.
type heavy struct {
	t      *testing.T
	ctx    context.Context
	net    *demo.Network
	clock  *demo.Clock
	dir    string
	logs   nodetest.Logs
	mail   postman
	hears  *register // what every desk of every node tells a system of its member
	server *server
	taps   map[id.Member]*tap
	staff  map[string]keyring.Bearer
	hers   []string // every planted word about somebody
}

func newHeavy(t *testing.T) *heavy {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	h := &heavy{t: t, ctx: t.Context(), clock: &demo.Clock{}, dir: filepath.Join(t.TempDir(), "nodes"), taps: map[id.Member]*tap{}, staff: map[string]keyring.Bearer{}}
	h.hears = newRegister(t)
	if havePostgres() {
		h.server = newServer(t)
	}
	certificate := func(m id.Member) tls.Certificate {
		c, err := h.net.Countries[m].Node.Keys().Certificate(m, h.clock.Now())
		h.must(err)
		return c
	}
	for _, m := range []id.Member{"MD", "MK"} {
		h.taps[m] = &tap{
			t: t, keys: func(string) tls.Certificate { return certificate("RO") }, self: func() tls.Certificate { return certificate(m) },
		}
	}
	var err error
	h.net, err = demo.Found(h.ctx, demo.Plan{
		Dir: h.dir, Members: []id.Member{"MD", "MK", "RO"}, Peer: "127.0.0.1:0", People: "127.0.0.1:0", Outbound: []id.Member{"MD", "MK"},
		Mailbox: []id.Member{"RO"}, Now: h.clock.Now, Clock: h.clock, Senders: map[notify.Channel]notify.Sender{notify.Mail: &h.mail},
		Log: slog.New(slog.NewJSONHandler(&h.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Config: func(m id.Member, c node.Config) node.Config {
			if m == "RO" && h.server != nil {
				c.URL, c.Owner = h.server.URL, h.server.Owner
			}
			if p := h.taps[m]; p != nil {
				c.Dial = p.dial
			}
			c.Webhooks = h.hears.sender()
			return c
		},
	})
	h.must(err)
	if h.server != nil {
		h.server.plain(t)
	}
	for m, c := range h.net.Countries {
		for login, at := range map[string]id.Desk{"shelter": "shelter", "focal": "focal-point"} {
			agrees(t, c.Node, h.as(m, "admin").Actor, h.as(m, login).Actor, at, h.hears.URL)
		}
	}
	h.settle()
	return h
}

func (h *heavy) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *heavy) settle() { h.t.Helper(); h.must(h.net.Settle(h.ctx)) }

func (h *heavy) node(m id.Member) *node.Node { return h.net.Countries[m].Node }

func (h *heavy) as(m id.Member, login string) keyring.Bearer {
	h.t.Helper()
	key := string(m) + "/" + login
	if _, ok := h.staff[key]; !ok {
		by, err := h.net.Countries[m].As(h.ctx, login)
		h.must(err)
		h.staff[key] = by
	}
	return h.staff[key]
}

// her makes up a word about the nth person: another beginning for each, then letters that programs fold, escape,
// decompose or lose.
func (h *heavy) her(what string, n int) string {
	base, letters := map[string][2]string{
		"given":   {"ștefănița-ëlvīra", "bcdfghklmnprstvz"},
		"surname": {"ќурѓицаѝловска", "бвгджзклмнпрстфш"},
		"greek":   {"ευφροσύνηάκη", "βγδζθκλμνπρστφχψ"},
		"words":   {"fshehurazi në Përmet, pořád — „тајно“", "bcdfghklmnprstvz"},
	}[what][0], []rune(map[string]string{
		"given": "bcdfghklmnprstvz", "surname": "бвгджзклмнпрстфш", "greek": "βγδζθκλμνπρστφχψ", "words": "bcdfghklmnprstvz",
	}[what])
	w := string([]rune{letters[n/16%16], letters[n%16], letters[(n*7+3)%16]}) + base
	if what != "words" {
		w = strings.ToUpper(w[:len(string(letters[0]))]) + w[len(string(letters[0])):]
	}
	h.hers = append(h.hers, w, apart(w))
	return w
}

// apart writes the letters of her as a base and its marks, as some programs and file systems do.
func apart(w string) string {
	return strings.NewReplacer(
		"ș", "s\u0326", "ț", "t\u0326", "ă", "a\u0306", "ë", "e\u0308", "ī", "i\u0304", "ѓ", "г\u0301", "ѝ", "и\u0300", "ύ", "υ\u0301",
		"ή", "η\u0301", "ř", "r\u030c", "á", "a\u0301",
	).Replace(w)
}

func (h *heavy) phone(n int) string {
	p := fmt.Sprintf("+1555010%05d", n)
	h.hers = append(h.hers, p)
	return p
}

func (h *heavy) someone(n int) person.Person {
	p := demo.Invented()
	p.Names = []person.Name{
		{Use: person.Registered, Script: "Latn", Language: "ro", Parts: []person.NamePart{
			{Kind: person.GivenName, Text: h.her("given", n)}, {Kind: person.Surname, Text: h.her("given", n+100)},
		}},
		{Use: person.Registered, Script: "Cyrl", Language: "mk", Parts: []person.NamePart{{Kind: person.Surname, Text: h.her("surname", n)}}},
		{Use: person.Registered, Script: "Grek", Language: "el", Parts: []person.NamePart{{Kind: person.Surname, Text: h.her("greek", n)}}},
	}
	p.Contacts[0].Address, p.Contacts[0].MaySay, p.Contacts[0].Times = h.phone(n), h.her("words", n), "10:00-12:00"
	return p
}

// open makes a case with everything in it that a desk writes down.
func (h *heavy) open(m id.Member, n int) casefile.Case {
	h.t.Helper()
	by, at := h.as(m, "shelter"), h.node(m)
	who := h.someone(n)
	c, err := at.Cases.Open(h.ctx, by, casefile.Opening{AgeClass: person.Adult, Person: &who})
	h.must(err)
	_, err = at.Cases.Note(h.ctx, by, c.ID, casefile.Note{Language: "sq", Text: h.her("words", n+20)})
	h.must(err)
	_, err = at.Cases.Assess(h.ctx, by, c.ID, casefile.Assessment{
		Trigger: "before-referral", With: true, Conclusion: h.her("words", n+40), Mitigation: h.her("surname", n+40),
		Factors: []casefile.Factor{{Code: "exploiter-knows-whereabouts", Found: "yes"}}, Grades: map[string]casefile.Grade{"person": casefile.High},
		Review: frame.At(h.clock.Now().Add(30 * 24 * time.Hour)),
	})
	h.must(err)
	_, err = at.Cases.Attach(h.ctx, by, c.ID, casefile.Upload{
		Name: h.her("given", n+20) + ".txt", Body: strings.NewReader(strings.Repeat(h.her("greek", n+20)+"\n", 4000)),
	})
	h.must(err)
	return c
}

// refer drafts and sends a referral of a case to the shelter of another member.
func (h *heavy) refer(c casefile.Case, to id.Member, basis referral.Code, n int) referral.At {
	h.t.Helper()
	by, at := h.as("MD", "shelter"), h.node("MD")
	shared := []consent.Code{"identity.birth", "identity.names", "languages", "needs", "risk.summary"}
	shelter := id.Address{Member: to, Desk: "shelter"}
	k, err := at.Consents.Give(h.ctx, by, consent.Giving{Case: c.ID, Record: consent.Record{
		GivenBy: consent.ByHerself, Capable: true, Purposes: []consent.Purpose{consent.ForReferral}, Recipients: []id.Address{shelter},
		Categories: shared, Withheld: []consent.Withheld{{Category: "contact.safe", Reason: "fear-of-harm"}},
		Explained: consent.Explained{Purpose: true, Recipients: true, Risks: true, Adequacy: true, Withdrawal: true, Retention: true, Access: true},
		Language:  "ro", Interpreter: h.her("surname", n+60), ReadBack: true, How: consent.Written,
	}})
	h.must(err)
	expires := frame.At(h.clock.Now().Add(30 * 24 * time.Hour))
	r, err := at.Referrals.Draft(h.ctx, by, c.ID, referral.At{}, referral.Drafting{
		To: shelter, Kind: "specialised-service", Basis: basis, Consent: k.ID, Categories: shared, Expires: expires,
		Request: referral.Request{
			Needs: []referral.Code{"accommodation"}, Sex: "female", AgeClass: person.Adult, Languages: []string{"ro"},
			Urgency: referral.Normal, Risk: "high", Capacity: "one-place",
		},
		Facts: consent.Facts{Needs: []consent.Need{{Code: "accommodation", Urgency: "now"}}},
	})
	h.must(err)
	x := referral.At{Referral: r.ID}
	_, err = at.Referrals.Check(h.ctx, by, x)
	h.must(err)
	_, err = at.Referrals.Send(h.ctx, by, x, false)
	h.must(err)
	return x
}

// work is the heavy run. It returns what was carried in courier files.
func (h *heavy) work() []byte {
	h.t.Helper()
	const cases = 6
	for _, m := range []id.Member{"MK", "RO"} {
		by := h.as(m, "shelter")
		h.must(h.node(m).Notices.Set(h.ctx, by.Actor, "", notify.Setting{
			User: by.User, Channel: notify.Mail, Address: "shelter@example.org", Zone: "UTC", Language: "en",
		}))
	}
	var files []casefile.Case
	for n := range cases {
		files = append(files, h.open("MD", n))
	}
	h.open("RO", cases)
	why := h.her("words", 200)
	by := h.as("MD", "shelter")
	_, err := h.node("MD").Consents.Propose(h.ctx, by, files[0].ID, consent.Reason{
		Basis: consent.VitalInterest, Recipient: id.Address{Member: "RO", Desk: "shelter"}, Category: []consent.Code{"identity.names"},
		Text: why, Notice: h.her("words", 201),
	})
	h.must(err)
	h.breaks(files[4])
	h.releases(files[5])
	type sent struct {
		at referral.At
		to id.Member
	}
	var all []sent
	for n, c := range files[:4] {
		to, basis := id.Member("MK"), referral.Code("protocol")
		if n%2 == 1 {
			to, basis = "RO", "national-law"
		}
		all = append(all, sent{h.refer(c, to, basis, n), to})
	}
	var courier bytes.Buffer
	carried, err := h.node("MD").Exchange.Export(h.ctx, access.Console("MD"), "", &courier)
	h.must(err)
	if carried == 0 {
		h.t.Error("nothing went into the courier file")
	}
	h.settle()
	each := func(step func(*referral.Service, keyring.Bearer, referral.At, int) error) {
		h.t.Helper()
		for n, s := range all {
			h.must(step(h.node(s.to).Referrals, h.as(s.to, "shelter"), s.at, n))
		}
		h.settle()
	}
	each(func(r *referral.Service, by keyring.Bearer, at referral.At, n int) error {
		if _, err := r.Open(h.ctx, by, at); err != nil {
			return err
		}
		if _, err := r.Acknowledge(h.ctx, by, at); err != nil {
			return err
		}
		_, err := r.Ask(h.ctx, by, at, "travel", h.her("words", n+60))
		return err
	})
	for n, s := range all {
		_, err := h.node("MD").Referrals.Supply(h.ctx, h.as("MD", "shelter"), s.at, h.her("words", n+80))
		h.must(err)
	}
	h.settle()
	each(func(r *referral.Service, by keyring.Bearer, at referral.At, _ int) error {
		_, err := r.Accept(h.ctx, by, at)
		return err
	})
	each(func(r *referral.Service, by keyring.Bearer, at referral.At, n int) error {
		open, err := r.Open(h.ctx, by, at)
		if err == nil && (len(open.Bundle.Content.Names) != 3 || !slices.Contains(h.hers, open.Bundle.Content.Names[1].Parts[0].Text)) {
			h.t.Errorf("another bundle arrived: %d names", len(open.Bundle.Content.Names))
		}
		return err
	})
	for n := range 6 {
		_, err := h.node("MD").Messages.Compose(h.ctx, h.as("MD", "focal"), message.Draft{
			To: id.Address{Member: "MK", Desk: "focal-point"}, Language: "mk", Text: h.her("words", n+100), Basis: "protocol",
		})
		h.must(err)
	}
	h.settle()
	return courier.Bytes()
}

// TestStolenAfterHeavyRun steals everything: rows, files, write-ahead logs, dumps, temporary files, both archives of each
// node opened with node.secret, logs, mails, courier files, and every line between nodes, outside TLS and, with the
// stolen keys of both ends, inside; controls of envelopes opened. In each place he finds the word that was planted there
// in clear, and nothing about anybody.
func TestStolenAfterHeavyRun(t *testing.T) {
	h := newHeavy(t)
	l := &haul{t: t, dir: h.dir, nodes: map[id.Member]*node.Node{}, logs: &h.logs, server: h.server}
	for m, c := range h.net.Countries {
		l.nodes[m] = c.Node
	}
	defer l.close()
	l.courier.Write(h.work())
	h.faces()
	for _, p := range h.taps {
		l.taps = append(l.taps, p)
	}
	if l.mails = h.mail.mails; len(l.mails) == 0 {
		t.Error("no node sent a mail")
	}
	l.plant()
	l.pack()
	h.settle() // the faulty envelope goes over the line
	th := nodetest.NewThief(append([]string{planted}, h.hers...)...)
	l.search(th)
	for m, p := range h.taps {
		if l.seen.outside[p] < 100<<10 || l.seen.bodies[p] < 20 {
			t.Errorf("on the line of %s passed %d bytes and %d bodies only", m, l.seen.outside[p], l.seen.bodies[p])
		}
	}
	if l.seen.opened < 20 || l.seen.inside < 5 {
		t.Errorf("%d controls of the lines and %d of the courier file were opened", l.seen.opened, l.seen.inside)
	}
	l.judge(th, "line inside", "control on the line")
	h.heard(append([]string{planted, "shelter", "focal"}, h.hers...))
	if t.Failed() {
		t.Logf("%d words, %d bytes", len(h.hers), th.Seen)
	}
}

// heard looks for words in every byte that reached the register of the members, and that it heard of all kinds of things.
func (h *heavy) heard(words []string) {
	h.t.Helper()
	th := nodetest.NewThief(words...)
	h.hears.mu.Lock()
	defer h.hears.mu.Unlock()
	th.Bytes("webhook", h.hears.bytes.Bytes())
	if len(th.Finds) > 0 {
		h.t.Errorf("the register heard %q", th.Finds)
	}
	kinds := map[string]bool{}
	for _, e := range h.hears.all {
		kinds[e.Type] = true
	}
	for _, want := range []string{
		"case.opened", "task.made", "task.ended", "referral.sent", "referral.delivered", "referral.acknowledged", "referral.information-requested", "referral.accepted",
	} {
		if !kinds[want] {
			h.t.Errorf("nobody heard of %s in %d messages", want, len(h.hears.all))
		}
	}
}
