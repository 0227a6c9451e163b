package seal

import (
	"encoding/base32"
	"strconv"
	"strings"

	"github.com/opentrm/opentrm/internal/fault"
)

// A paper is a share that a person writes down, keeps in a sealed envelope and reads out: lines of eight base-32
// characters and a check character, each line with its number (spec/keys.md section 6.4).
const (
	paperVersion = 0x01
	paperBytes   = 5 // of the share in one line
	paperLetters = "0123456789abcdefghjkmnpqrstvwxyz"
	paperText    = 8 << 10
)

// paperBase is the alphabet of references: no i, l, o or u.
func paperBase() *base32.Encoding {
	return base32.NewEncoding(paperLetters).WithPadding(base32.NoPadding)
}

// Paper writes a share as lines to be written down, "k7m-4qt-2x9".
//
// It fails as [ParseShare] does, and with [fault.Invalid] "seal.paper.key" for the share of something that is not as
// long as a key.
func Paper(share []byte) ([]string, error) {
	if _, err := ParseShare(share); err != nil {
		return nil, err
	}
	b := append([]byte{paperVersion}, share...)
	defer clear(b)
	if len(b) != PaperLines*paperBytes {
		return nil, fault.New(fault.Invalid, "seal.paper.key")
	}
	var lines []string
	for i := 0; i < len(b); i += paperBytes {
		s := paperBase().EncodeToString(b[i : i+paperBytes])
		s += string(paperCheck(len(lines)+1, s))
		lines = append(lines, s[:3]+"-"+s[3:6]+"-"+s[6:])
	}
	return lines, nil
}

// paperCheck evaluates the number of a line and its characters as a polynomial in the field of 32 elements: every
// wrong character, every swap of two neighbours and every line in another place changes it.
func paperCheck(line int, s string) byte {
	sum := byte(line)
	for i := range len(s) {
		sum = paperDouble(sum) ^ byte(strings.IndexByte(paperLetters, s[i]))
	}
	return paperLetters[paperDouble(sum)]
}

// paperDouble multiplies by x in GF(32) modulo x^5+x^2+1.
func paperDouble(v byte) byte {
	v <<= 1
	if v&0x20 != 0 {
		v ^= 0x25
	}
	return v
}

// CheckPaperLine reports whether line number n (from 1) was written down well, as it is typed: any case, blanks or
// dashes anywhere, o for 0, i or l for 1, its number with a colon before it or not.
//
// It fails with [fault.Invalid]: "seal.paper.form" if characters are missing, foreign or too many, "seal.paper.check"
// for a slip of the pen or the line of another place; both with the argument "line".
func CheckPaperLine(n int, text string) error {
	_, err := paperLine(n, text)
	return err
}

func paperLine(n int, text string) ([]byte, error) {
	at := strconv.Itoa(n)
	form := fault.New(fault.Invalid, "seal.paper.form").With("line", at)
	if n < 1 || n > PaperLines || len(text) > 80 {
		return nil, form
	}
	text = strings.TrimSpace(text)
	if number, rest, ok := strings.Cut(text, ":"); ok {
		if strings.TrimSpace(number) != at {
			return nil, fault.New(fault.Invalid, "seal.paper.check").With("line", at)
		}
		text = rest
	}
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch r {
		case ' ', '\t', '-', '\u2011', '\u2013':
			continue
		case 'o':
			r = '0'
		case 'i', 'l':
			r = '1'
		}
		if r > 127 || strings.IndexByte(paperLetters, byte(r)) < 0 {
			return nil, form
		}
		b.WriteByte(byte(r))
	}
	s := b.String()
	if len(s) != 9 {
		return nil, form
	}
	if paperCheck(n, s[:8]) != s[8] {
		return nil, fault.New(fault.Invalid, "seal.paper.check").With("line", at)
	}
	raw, err := paperBase().DecodeString(s[:8])
	if err != nil {
		return nil, form
	}
	return raw, nil
}

// ParsePaper reads what [Paper] wrote, as a person typed it: one line after the other. Empty lines and lines that
// begin with # are passed over.
//
// It fails as [CheckPaperLine] does for the first line that is wrong, with [fault.Invalid] "seal.paper.lines" if lines
// are missing or too many, and as [ParseShare] does.
func ParsePaper(text string) ([]byte, error) {
	if len(text) > paperText {
		return nil, fault.New(fault.Invalid, "seal.paper.lines")
	}
	var b []byte
	n := 0
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if n++; n > PaperLines {
			return nil, fault.New(fault.Invalid, "seal.paper.lines")
		}
		raw, err := paperLine(n, line)
		if err != nil {
			return nil, err
		}
		b = append(b, raw...)
		clear(raw)
	}
	if n != PaperLines {
		return nil, fault.New(fault.Invalid, "seal.paper.lines")
	}
	if b[0] != paperVersion {
		return nil, fault.New(fault.Invalid, "seal.algorithm")
	}
	if _, err := ParseShare(b[1:]); err != nil {
		return nil, err
	}
	return b[1:], nil
}

// PaperLines is how many lines the paper of a key's share has.
const PaperLines = (1 + shareHead + KeySize + shareDigest + shareChecksum) / paperBytes
