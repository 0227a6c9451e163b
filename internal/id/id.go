// Package id has one type for every kind of identifier, so that a desk is never taken for a case.
//
// Two ways of making one exist. [Ordered] gives UUIDv7 text, which sorts by the time of making and
// suits rows that never leave the node. [Random] gives 128 random bits as 26 base-32 characters, for
// whatever crosses a border, is published, or must not tell when it was made: facts, consents,
// referrals, threads.
//
// A nil-free rule holds everywhere: the empty string means "none".
package id

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/opentrm/opentrm/internal/fault"
)

// The identifiers. A noun that only mentions another noun uses these and does not import it.
type (
	Member      string // upper-case code of a member of the network: "MK"
	Desk        string // slug of a desk, unique within its member: "focal-point"
	User        string // a person who signs in
	Session     string // a sign-in
	Person      string // the person served
	Case        string // her file in one country; never crosses a border
	Consent     string // random; crosses borders
	Compartment string // the key space of one consent inside one case
	Record      string // a sealed row of a case
	Attachment  string // a sealed file of a case
	Referral    string // random; crosses borders
	Thread      string // a conversation between two members
	Envelope    string // SHA-256 of the complete header without id, as hex
	Message     string // a desk-to-desk message; crosses borders
	Publication string // random; replicated to all members
	Task        string // something to do by a time
	Notice      string // "there is something for you"
	Browser     string // in which somebody is told; never crosses a border
	Key         string // first 16 bytes of the SHA-256 of a public key, as hex
	Fact        string // random; a nameless fact
	Job         string // a lease on background work

	Organisation string // UUIDv7; who helps, in the directory of one node
	Service      string // UUIDv7; what an organisation offers
	Index        string // UUIDv7; a search index of one node
	Segment      string // UUIDv7; a packed part of a search index
	Search       string // UUIDv7; one search, and what came of it
	Return       string // UUIDv7; the return of a person, and what it needs
	Conference   string // UUIDv7; a meeting of several desks about one case
	Intake       string // UUIDv7; one run of an import
	Webhook      string // UUIDv7; an address that hears of a desk
	Delivery     string // random; one event as one webhook hears it
	Device       string // random; what somebody has prepared for work without a network
	Draft        string // random; made on a device, what was written there without a network
	Lookup       string // random; crosses borders: a question whether somebody is known elsewhere
)

// Text is any identifier of this package.
type Text interface{ ~string }

// Maker makes identifiers from a clock and a source of randomness. The zero value uses the system's.
type Maker struct {
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // nil: crypto/rand
}

func (m Maker) read(b []byte) {
	src := m.Rand
	if src == nil {
		src = rand.Reader
	}
	if _, err := io.ReadFull(src, b); err != nil {
		panic("id: no randomness: " + err.Error())
	}
}

// Ordered makes a UUIDv7 in text form: sortable by time of making, for rows that stay in the node.
func Ordered[T Text](m Maker) T {
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	var u [16]byte
	m.read(u[6:])
	binary.BigEndian.PutUint64(u[:8], uint64(now().UnixMilli())<<16|uint64(u[6])<<8|uint64(u[7]))
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	h := hex.EncodeToString(u[:])
	return T(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// letters is Crockford's base 32 in lower case: no i, l, o, u.
const letters = "0123456789abcdefghjkmnpqrstvwxyz"

var base = base32.NewEncoding(letters).WithPadding(base32.NoPadding)

// Random makes 128 random bits as 26 lower-case base-32 characters.
func Random[T Text](m Maker) T {
	var b [16]byte
	m.read(b[:])
	return T(base.EncodeToString(b[:]))
}

// Dated makes an identifier in the form of [Random] that begins with the millisecond, 48 bits, and goes on with 80 random
// ones: for what crosses a border and says when it was made anyway. What is made one after the other then lies side by
// side in the store, and a row more touches the page that the one before it has touched.
func Dated[T Text](m Maker) T {
	now := time.Now
	if m.Now != nil {
		now = m.Now
	}
	var b [16]byte
	m.read(b[6:])
	binary.BigEndian.PutUint64(b[:8], uint64(now().UnixMilli())<<16|uint64(b[6])<<8|uint64(b[7]))
	return T(base.EncodeToString(b[:]))
}

// ParseRandom checks that s has the one form that [Random] and [Dated] give.
//
// It fails with [fault.Invalid] otherwise.
func ParseRandom[T Text](s string) (T, error) {
	b, err := base.DecodeString(s)
	if err != nil || len(b) != 16 || base.EncodeToString(b) != s {
		return "", fault.New(fault.Invalid, "id.random.form")
	}
	return T(s), nil
}

// Typed brings what a person typed from paper to the form that [Random] gives: without blanks and dashes, in lower case,
// and with the letters that stand for no digit read as the digits that they look like.
func Typed(s string) string {
	return strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); {
		case r == 'o' || r == 'о': // Latin, Cyrillic
			return '0'
		case r == 'i' || r == 'l' || r == 'і':
			return '1'
		case r == '-' || unicode.IsSpace(r):
			return -1
		}
		return r
	}, s)
}

// Spaced writes an identifier or a secret in groups of four, to be read aloud and typed.
func Spaced(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// ParseMember checks that s is two or three upper-case letters, with an optional "-" and up to four
// letters or digits for partners ("X-ICMP").
//
// It fails with [fault.Invalid] otherwise.
func ParseMember(s string) (Member, error) {
	head, tail, dashed := strings.Cut(s, "-")
	ok := len(head) >= 1 && len(head) <= 3 && all(head, upper) && (!dashed || len(tail) >= 1 && len(tail) <= 4 && all(tail, upperDigit))
	if !ok || !dashed && len(head) < 2 {
		return "", fault.New(fault.Invalid, "id.member.form")
	}
	return Member(s), nil
}

// ParseDesk checks that s is a slug: 1 to 40 lower-case letters, digits and single inner dashes.
//
// It fails with [fault.Invalid] otherwise.
func ParseDesk(s string) (Desk, error) {
	if len(s) < 1 || len(s) > 40 || s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, "--") || !all(s, slug) {
		return "", fault.New(fault.Invalid, "id.desk.form")
	}
	return Desk(s), nil
}

func upper(c byte) bool      { return c >= 'A' && c <= 'Z' }
func upperDigit(c byte) bool { return upper(c) || c >= '0' && c <= '9' }
func slug(c byte) bool       { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' }

func all(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

// Address names a desk in the network: "MK/focal-point".
type Address struct {
	Member Member `json:"member"`
	Desk   Desk   `json:"desk"`
}

// String returns the address as "MEMBER/desk".
func (a Address) String() string { return string(a.Member) + "/" + string(a.Desk) }

// ParseAddress reads "MEMBER/desk".
//
// It fails with [fault.Invalid] if either part has the wrong form.
func ParseAddress(s string) (Address, error) {
	m, d, ok := strings.Cut(s, "/")
	if !ok {
		return Address{}, fault.New(fault.Invalid, "id.address.form")
	}
	member, err := ParseMember(m)
	if err != nil {
		return Address{}, err
	}
	desk, err := ParseDesk(d)
	if err != nil {
		return Address{}, err
	}
	return Address{member, desk}, nil
}
