// Package notify tells people that there is something for them: a reference and an age, in their own
// language, never what and never about whom.
//
// A notice is addressed to a desk. When it is due, the node looks who is on duty there; where none of them can
// be told, or nobody is on duty, every other member is. Each of them is told in each of her browsers and over the channel
// she chose, or over her second one if that fails, outside her quiet hours unless the notice is urgent. What nobody could be told counts as
// silence: whoever asked for the notice is called back to escalate at once, and what may yet arrive is tried again.
//
// Quiet hours keep a notice back only while nobody has been silent: if a channel fails while another reader sleeps, or
// if the notice itself says that somebody did not answer in time, it is silence and no wait.
//
// The package decides and words; it carries nothing. Mail, Web Push and the hook of an SMS gateway are
// [Sender]s that package peer provides.
//
// Invariants:
//   - a message holds nothing but a catalogue text, a neutral reference, an age and an address of this
//     node, so that a stranger who reads it over a shoulder learns nothing;
//   - a notice is told to a person at most once per step of its escalation, and once in each of her browsers;
//   - a browser that is over is forgotten as soon as the push service says so.
package notify

import (
	"context"
	"time"

	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/desk"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/lang"
)

// Channel is a way of reaching a person.
type Channel string

// The channels.
const (
	Mail Channel = "mail"
	Push Channel = "push" // Web Push, RFC 8030
	SMS  Channel = "sms"  // through the HTTP hook of a gateway
)

// State of a notice.
type State string

// The states.
const (
	Queued State = "queued"
	Told   State = "told"   // somebody was told
	Failed State = "failed" // nobody could be told, and nothing is left to try
	Over   State = "over"   // what it was about is done
)

// Code says which sentence of the catalogue is used: "notify.code.referral" … It never says what.
type Code string

// The codes.
const (
	NewWork   Code = "new-work"   // something has arrived
	Reminder  Code = "reminder"   // something waits and its time is running
	Breach    Code = "breach"     // something was not answered in time
	Emergency Code = "emergency"  // somebody opened a case under break-glass
	KeyMatter Code = "key-matter" // recovery, rotation, a new member
	Witness   Code = "witness"    // the log was not countersigned for long
)

// Notice is "there is something for you".
type Notice struct {
	ID        id.Notice
	Desk      id.Desk
	User      id.User // set if one person is meant, whatever the duty
	Code      Code
	Reference string     // neutral; what the reader finds after signing in
	Object    string     // opaque identifier of the task or referral that it belongs to
	Since     frame.Time // how long it has been waiting is counted from here
	Urgent    bool
	State     State
	Attempts  int64      // that told nobody; waiting for the end of quiet hours is none
	Next      frame.Time // not tried before
	Version   int64
}

// Setting is how one user wants to be reached.
type Setting struct {
	User      id.User
	Channel   Channel
	Address   string // mail address, E.164 number, or a push subscription as JSON; empty with Push: her browsers only
	QuietFrom int64  // minutes after midnight in her zone; equal to QuietTo: no quiet hours
	QuietTo   int64
	Zone      string // IANA
	Language  lang.Tag
	// Second is the channel that is tried when the first one fails; empty: there is none.
	Second        Channel
	SecondAddress string
}

// Browser is where one user lets herself be told over [Push], besides the ways of her setting.
type Browser struct {
	ID      id.Browser
	User    id.User
	Address string // the subscription as the browser gave it, JSON
	Made    frame.Time
}

// Message is what leaves the node.
type Message struct {
	Channel Channel
	To      string
	Subject string
	Body    string
	Urgent  bool
}

// Sender carries a message over one channel.
//
// It fails with [fault.Unavailable] if it may be tried again, with [fault.NotFound] if the address is over and is to be
// forgotten, and with any other kind if the address will never work.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Checker is a [Sender] that knows which addresses it could reach.
type Checker interface {
	// Check fails with [fault.Invalid] for an address that nothing is ever sent to. Nothing is connected to.
	Check(address string) error
}

// Tx is what notices need kept.
type Tx interface {
	desk.Tx

	AddNotice(ctx context.Context, n Notice) error
	// SetNotice replaces a notice whose stored version is n.Version, and forgets it if it is no longer queued;
	// fault.Stale if it is another.
	SetNotice(ctx context.Context, n Notice) error
	// DueNotices returns queued notices whose time has come, oldest first, at most limit.
	DueNotices(ctx context.Context, now frame.Time, limit int) ([]Notice, error)
	// EndNotices forgets the queued notices of an object.
	EndNotices(ctx context.Context, object string) error
	// NoticeSettings returns how these users want to be reached; users without settings are left out.
	NoticeSettings(ctx context.Context, users []id.User) ([]Setting, error)
	SetNoticeSetting(ctx context.Context, s Setting) error
	// NoticeBrowsers returns the browsers of a user, oldest first.
	NoticeBrowsers(ctx context.Context, user id.User) ([]Browser, error)
	AddNoticeBrowser(ctx context.Context, b Browser) error
	// DropNoticeBrowser forgets a browser of a user, if it is there.
	DropNoticeBrowser(ctx context.Context, user id.User, browser id.Browser) error
}

// Service is the use-cases of notices.
type Service struct {
	Write   func(context.Context, audit.Entry, func(Tx) error) error
	Read    func(context.Context, func(Tx) error) error
	Now     func() time.Time
	IDs     id.Maker
	Member  id.Member
	Texts   *lang.Catalogue
	Address string // where the reader signs in, "https://…"; shown in every message
	Senders map[Channel]Sender
	// Silent is called once for a notice, in the transaction that keeps that it could be told to nobody; nil: nothing.
	Silent func(ctx context.Context, tx Tx, n Notice) error
}

// TellIn queues a notice inside the transaction of what it is about.
//
// It fails with [fault.Invalid] if it is addressed to nobody or holds a reference that is no reference.
func (s *Service) TellIn(ctx context.Context, tx Tx, n Notice) error {
	if n.Desk == "" && n.User == "" {
		return fault.New(fault.Invalid, "notify.nobody")
	}
	if !neutral(n.Reference) {
		return fault.New(fault.Invalid, "notify.reference")
	}
	n.ID, n.State, n.Version = id.Ordered[id.Notice](s.IDs), Queued, 1
	if n.Since == 0 {
		n.Since = frame.At(s.Now())
	}
	if n.Next == 0 {
		n.Next = frame.At(s.Now())
	}
	return tx.AddNotice(ctx, n)
}

// EndIn ends the notices about an object, because it is done.
func (s *Service) EndIn(ctx context.Context, tx Tx, object string) error {
	return tx.EndNotices(ctx, object)
}

// neutral reports whether ref can be shown to a stranger: the characters of references and identifiers,
// no blanks, and short, so that neither a name nor a sentence fits.
func neutral(ref string) bool {
	if ref == "" || len(ref) > 40 {
		return false
	}
	digits := false
	for i := range len(ref) {
		c := ref[i]
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c >= 'a' && c <= 'z', c == '-':
		default:
			return false
		}
	}
	return digits || made(ref)
}

// made reports whether ref is one that package id made: some of them have no digit.
func made(ref string) bool {
	if _, err := id.ParseReference(ref); err == nil {
		return true
	}
	_, err := id.ParseRandom[id.Referral](ref)
	return err == nil
}
