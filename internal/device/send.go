package device

import (
	"context"
	"crypto/sha256"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/casefile"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/form"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/keyring"
	"github.com/opentrm/opentrm/internal/seal"
)

// The names of what is sent and answered, spec/offline.md 3 and 4.
const (
	SentName   = "opentrm/offline-draft/1"
	AnswerName = "opentrm/offline-answer/1"
)

// Limits of what is sent.
const (
	MaxSent   = 64 << 10 // bytes
	maxFields = 300
	maxValues = 100
	maxName   = 100     // bytes
	maxValue  = 8 << 10 // characters
)

// Sent is a draft as a device keeps it sealed and sends it: what was typed, as it stands in the fields of the page.
type Sent struct {
	Schema      string              `json:"schema"` // SentName
	Device      id.Device           `json:"device"`
	Draft       id.Draft            `json:"draft"`
	Version     int64               `json:"version"` // rises with each change on the device
	Form        string              `json:"form"`
	FormVersion int64               `json:"form_version"`
	Additions   form.Edition        `json:"additions,omitzero"`
	Began       frame.Time          `json:"began"` // by the clock of the device
	Changed     frame.Time          `json:"changed"`
	Fields      map[string][]string `json:"fields"` // by the name of the control
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9.-]*$`)

// ParseSent reads what a device sends: JSON with any space and in any order of names. Whether the fields fit the form is for the form to say.
//
// It fails with [fault.TooLarge] over [MaxSent], and with [fault.Invalid] for anything that is not the file form.
func ParseSent(raw []byte) (Sent, error) {
	if len(raw) > MaxSent {
		return Sent{}, fault.New(fault.TooLarge, "device.sent")
	}
	canonical, err := frame.Canonical(raw)
	if err != nil {
		return Sent{}, fault.Wrap(fault.Invalid, "device.sent", err)
	}
	var x Sent
	if err := frame.Decode(canonical, 2*MaxSent, &x); err != nil {
		return Sent{}, fault.Wrap(fault.Invalid, "device.sent", err)
	}
	if !x.fits() {
		return Sent{}, fault.New(fault.Invalid, "device.sent")
	}
	return x, nil
}

func (x Sent) fits() bool {
	_, device := id.ParseRandom[id.Device](string(x.Device))
	_, draft := id.ParseRandom[id.Draft](string(x.Draft))
	_, stranger := id.ParseMember(string(x.Additions.Member))
	if x.Schema != SentName || device != nil || draft != nil || x.Version < 1 || x.Version > 1<<32 || x.Form == "" || x.FormVersion < 1 ||
		x.Additions != (form.Edition{}) && (stranger != nil || x.Additions.Version < 1) || x.Began < 1 || x.Changed < 1 ||
		x.Fields == nil || len(x.Fields) > maxFields {
		return false
	}
	for name, values := range x.Fields {
		if len(name) > maxName || !fieldName.MatchString(name) || len(values) == 0 || len(values) > maxValues ||
			slices.ContainsFunc(values, func(v string) bool { return utf8.RuneCountInString(v) > maxValue }) {
			return false
		}
	}
	return true
}

// Outcome is what became of a draft.
type Outcome string

// The outcomes.
const (
	Opened Outcome = "opened" // a case was opened, and the draft lies in it
	Saved  Outcome = "saved"  // the draft that was taken before is replaced: nobody had changed it
	Beside Outcome = "beside" // somebody had changed it: both lie in the case
)

// Answer says what the node has taken. The device deletes its copy by it, and by nothing else.
type Answer struct {
	Schema  string     `json:"schema"` // AnswerName
	Member  id.Member  `json:"member"` // whose node
	Device  id.Device  `json:"device"`
	Draft   id.Draft   `json:"draft"`
	Version int64      `json:"version"` // of the draft, as it was sent
	Digest  seal.Blob  `json:"digest"`  // SHA-256 of what was sent, byte by byte
	Outcome Outcome    `json:"outcome"`
	Case    id.Case    `json:"case"`
	Record  id.Record  `json:"record"`
	Beside  id.Record  `json:"beside,omitzero"`
	At      frame.Time `json:"at"`
}

// Signed is an answer with the signature of the node over it, in the domain of offline drafts.
type Signed struct {
	Answer    string         `json:"answer"` // an [Answer], in canonical form
	Signature seal.Signature `json:"signature"`
}

// Sign signs an answer.
func Sign(key seal.SignPrivate, a Answer) (Signed, error) {
	text, err := frame.Encode(a)
	if err != nil {
		return Signed{}, err
	}
	return Signed{Answer: string(text), Signature: key.Sign(seal.DomainOffline, text)}, nil
}

// Content is what a draft says of the case that it opens, and the form that it fills in.
type Content struct {
	Opening casefile.Opening
	Filling form.Filling
}

// Send takes a draft that was written without a network: a new case of hers, or the next version of what she sent before. Read makes of its fields
// what the form asks.
//
// It fails as [ParseSent] and read do; with [fault.NotFound] if the device is not hers; with [fault.Conflict] "device.fresh" without a fresh
// sign-in, "device.place" if she acts elsewhere than where she prepared it, "device.discarded" if it is to be discarded, and "device.older" if
// a later version was taken; with [fault.Denied] as [access.Check], and as [casefile.Service.Open] and [form.Service.Fill].
func (s *Service) Send(ctx context.Context, by keyring.Bearer, raw []byte, read func(Sent) (Content, error)) (Signed, error) {
	x, err := ParseSent(raw)
	if err != nil {
		return Signed{}, err
	}
	digest := sha256.Sum256(raw)
	began, err := s.Signed(ctx, by)
	if err != nil {
		return Signed{}, err
	}
	if began.Time().Add(Fresh).Before(s.now().Time()) {
		return Signed{}, fault.New(fault.Conflict, "device.fresh")
	}
	var before Kept
	err = s.Read(ctx, func(tx Tx) error {
		if err := s.fromIn(ctx, tx, by, x.Device); err != nil {
			return err
		}
		before, err = tx.SentDraft(ctx, x.Draft)
		if fault.Is(err, fault.NotFound) {
			before = Kept{}
			return nil
		}
		return err
	})
	if err != nil {
		return Signed{}, err
	}
	if before.Draft != "" && (before.User != by.User || before.Device != x.Device) {
		return Signed{}, fault.New(fault.NotFound, "device.missing")
	}
	if before.Sent == x.Version && slices.Equal(before.Digest, digest[:]) {
		return s.answer(before)
	}
	if before.Sent >= x.Version {
		return Signed{}, fault.New(fault.Conflict, "device.older")
	}
	c, err := read(x)
	if err != nil {
		return Signed{}, err
	}
	next := Kept{Draft: x.Draft, Device: x.Device, User: by.User, Sent: x.Version, Digest: digest[:], At: s.now(), Version: before.Version}
	if before.Draft != "" {
		next, err = s.saveAgain(ctx, by, before, next, c)
	}
	if before.Draft == "" || lost(err) {
		next, err = s.open(ctx, by, next, c)
	}
	if err != nil {
		return Signed{}, err
	}
	return s.answer(next)
}

// lost reports whether a case can no longer take a draft: it is closed, erased, or with another desk. What she wrote then begins a new one.
func lost(err error) bool {
	_, key, _ := fault.Public(err)
	return fault.Is(err, fault.Hidden) || fault.Is(err, fault.NotFound) || key == "case.closed"
}

// fromIn fails unless a device is hers, where she acts, and may send.
func (s *Service) fromIn(ctx context.Context, tx Tx, by keyring.Bearer, of id.Device) error {
	d, err := tx.Device(ctx, of)
	if err == nil && d.User != by.User {
		err = fault.New(fault.NotFound, "device.missing")
	}
	switch {
	case err != nil:
		return err
	case d.Ordered != 0 || d.Gone != 0:
		return fault.New(fault.Conflict, "device.discarded")
	case d.Desk != by.Desk || d.Role != by.Role:
		return fault.New(fault.Conflict, "device.place")
	}
	return nil
}

// open begins a case with a draft.
func (s *Service) open(ctx context.Context, by keyring.Bearer, k Kept, c Content) (Kept, error) {
	k.Case, k.Outcome, k.Beside = id.Ordered[id.Case](s.Cases.IDs), Opened, ""
	on := access.Resource{Noun: "case", ID: string(k.Case), Realm: by.Realm, Desk: by.Desk, Owner: by.User}
	for _, a := range []access.Action{access.OpenCase, access.FillCase} {
		if err := access.Check(by.Actor, a, on); err != nil {
			return Kept{}, err
		}
	}
	err := s.Write(ctx, audit.Did(by.Actor, access.OpenCase, string(k.Case)).In(k.Case).For("offline"), func(tx Tx) error {
		if err := s.heardIn(ctx, tx, by, k.Device); err != nil {
			return err
		}
		_, open, err := s.Cases.OpenIn(ctx, tx, by, k.Case, c.Opening)
		if err != nil {
			return err
		}
		e, err := s.Forms.FillIn(ctx, tx, by, open, k.Case, c.Filling)
		if err != nil {
			return err
		}
		k.Record, k.Saved = e.Record, e.Version
		return keepIn(ctx, tx, &k)
	})
	return k, err
}

// heardIn asks once more whether a device may send, and notes that it was heard of.
func (s *Service) heardIn(ctx context.Context, tx Tx, by keyring.Bearer, of id.Device) error {
	if err := s.fromIn(ctx, tx, by, of); err != nil {
		return err
	}
	d, err := tx.Device(ctx, of)
	if err != nil {
		return err
	}
	d.Heard = s.now()
	return tx.SetDevice(ctx, d)
}

func keepIn(ctx context.Context, tx Tx, k *Kept) error {
	if k.Version == 0 {
		k.Version = 1
		return tx.AddSentDraft(ctx, *k)
	}
	err := tx.SetSentDraft(ctx, *k)
	k.Version++
	return err
}

// saveAgain puts the next version of a draft in the place of the one before, or beside it if somebody has changed that.
func (s *Service) saveAgain(ctx context.Context, by keyring.Bearer, before, k Kept, c Content) (Kept, error) {
	k.Case = before.Case
	err := s.Cases.Work(ctx, by, access.FillCase, k.Case, "offline", func(over casefile.Tx, open *keyring.Case, _ casefile.Case) error {
		tx, ok := over.(Tx)
		if !ok {
			return fault.New(fault.Internal, "device.wiring")
		}
		if err := s.heardIn(ctx, tx, by, k.Device); err != nil {
			return err
		}
		e, err := s.Forms.SaveIn(ctx, tx, by, open, k.Case, before.Record, before.Saved, c.Filling)
		k.Outcome, k.Beside = Saved, before.Beside
		if changed(err) {
			k.Outcome, k.Beside = Beside, before.Record
			e, err = s.Forms.FillIn(ctx, tx, by, open, k.Case, c.Filling)
		} else if fault.Is(err, fault.NotFound) { // it has gone with its period
			e, err = s.Forms.FillIn(ctx, tx, by, open, k.Case, c.Filling)
		}
		if err != nil {
			return err
		}
		k.Record, k.Saved = e.Record, e.Version
		return keepIn(ctx, tx, &k)
	})
	return k, err
}

// changed reports whether somebody has changed a record since, or finished it.
func changed(err error) bool {
	_, key, _ := fault.Public(err)
	return key == "form.record.stale" || key == "form.record.finished"
}

func (s *Service) answer(k Kept) (Signed, error) {
	return Sign(s.Signer(), Answer{
		Schema: AnswerName, Member: s.Cases.Member, Device: k.Device, Draft: k.Draft, Version: k.Sent, Digest: k.Digest, Outcome: k.Outcome,
		Case: k.Case, Record: k.Record, Beside: k.Beside, At: k.At,
	})
}

// Two is the two versions of a draft that was kept beside one that somebody had changed.
type Two struct {
	Case         id.Case
	Mine, Theirs form.Opened // hers from the device, and what stood at the node
}

// Both opens the two versions of a draft, to be compared.
//
// It fails with [fault.NotFound] if she has sent no such draft or only one version is kept, and as [form.Service.Read].
func (s *Service) Both(ctx context.Context, by keyring.Bearer, d id.Draft) (Two, error) {
	var k Kept
	err := s.Read(ctx, func(tx Tx) (err error) {
		k, err = tx.SentDraft(ctx, d)
		return err
	})
	if err == nil && (k.User != by.User || k.Beside == "") {
		err = fault.New(fault.NotFound, "device.missing")
	}
	if err != nil {
		return Two{}, err
	}
	out := Two{Case: k.Case}
	if out.Mine, err = s.Forms.Read(ctx, by, k.Case, k.Record); err != nil {
		return Two{}, err
	}
	out.Theirs, err = s.Forms.Read(ctx, by, k.Case, k.Beside)
	return out, err
}

// Same reports whether two versions say the same of a question.
func (t Two) Same(question string) bool {
	a, here := t.Mine.Answers[question]
	b, there := t.Theirs.Answers[question]
	return here == there && a.State == b.State && string(a.Value) == string(b.Value)
}
