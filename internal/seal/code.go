package seal

import (
	"encoding/hex"
	"io"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/frame"
)

// A Code is what a person keeps to look at what concerns her: 100 random bits, written as 20 base-32 characters and a check
// character. It is long enough that nobody finds it by trying, so nothing stretches it. The zero value is no code.
//
// Spec: spec/own-view.md section 1.
type Code struct{ text string }

const (
	codeLetters = 20
	codeMost    = 200 // characters of what somebody typed for a code
	codeInfo    = "opentrm/own-view/1"

	// codeLooks has behind each Cyrillic letter the Latin one that it looks like, in capitals.
	codeLooks = "аaвbеeкkмmнhрpсcтtуyхxјjѕs"
)

// NewCode draws a code from random, or from the system if random is nil.
func NewCode(random io.Reader) Code {
	b := draw(random, codeLetters)
	defer clear(b)
	text := make([]byte, codeLetters, codeLetters+1)
	for i := range b {
		text[i] = paperLetters[b[i]&31] // five random bits of each byte
	}
	return Code{string(append(text, paperCheck(0, string(text))))}
}

// ParseCode reads a code as a person typed it: any case, blanks and dashes anywhere, o for 0, i or l for 1, and Cyrillic
// letters for the Latin ones that they look like.
//
// It fails with [fault.Invalid] "seal.code" if characters are missing, foreign or too many, or the check does not fit.
func ParseCode(typed string) (Code, error) {
	bad := fault.New(fault.Invalid, "seal.code")
	if len(typed) > codeMost {
		return Code{}, bad
	}
	var b strings.Builder
	for _, r := range strings.ToLower(typed) {
		switch r {
		case ' ', '\t', '\r', '\n', '-', '\u00a0', '\u2010', '\u2011', '\u2013':
			continue
		case 'o', 'о':
			r = '0'
		case 'i', 'l', 'і':
			r = '1'
		}
		if _, latin, ok := strings.Cut(codeLooks, string(r)); ok && r > 127 {
			r = rune(latin[0])
		}
		if r > 127 || strings.IndexByte(paperLetters, byte(r)) < 0 {
			return Code{}, bad
		}
		b.WriteByte(byte(r))
	}
	text := b.String()
	if len(text) != codeLetters+1 || paperCheck(0, text[:codeLetters]) != text[codeLetters] {
		return Code{}, bad
	}
	return Code{text}, nil
}

// Text returns the code in groups of three, "k7m-4qt-…", to be shown once.
func (c Code) Text() string {
	var b strings.Builder
	for i := 0; i < len(c.text); i += 3 {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(c.text[i:min(i+3, len(c.text))])
	}
	return b.String()
}

// IsZero reports whether c is no code.
func (c Code) IsZero() bool { return c.text == "" }

// String hides the code.
func (c Code) String() string { return "seal.Code(hidden)" }

// GoString hides the code.
func (c Code) GoString() string { return "seal.Code(hidden)" }

// MarshalText fails with [fault.Internal]: a code is never kept.
func (c Code) MarshalText() ([]byte, error) { return nil, fault.New(fault.Internal, "seal.key.text") }

// Lookup returns the name under which a node keeps what the code opens. It tells nothing of the code. It panics for no code.
func (c Code) Lookup() string {
	b := c.derive("lookup")
	defer clear(b)
	return hex.EncodeToString(b[:16])
}

// KEM returns the pair of the code; what is kept is sealed to its public half. It panics for no code.
func (c Code) KEM() KEMPrivate {
	b := c.derive("capsule")
	defer clear(b)
	k, err := ParseKEMPrivate(b)
	if err != nil {
		panic("seal: code: " + err.Error())
	}
	return k
}

func (c Code) derive(label string) []byte {
	if c.text == "" {
		panic("seal: deriving from an empty code")
	}
	return expand([]byte(c.text[:codeLetters]), nil, frame.JoinText(codeInfo, label))
}
