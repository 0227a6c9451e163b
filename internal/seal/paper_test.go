package seal_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

const paperAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

func papers(t testing.TB, secret []byte) [][]string {
	t.Helper()
	shares, err := seal.Split(nil, secret, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for _, s := range shares {
		lines, err := seal.Paper(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines)
	}
	return all
}

func TestTwoPapersGiveTheSecretAndOneGivesNothing(t *testing.T) {
	secret := seal.NewKey(nil).Bytes()
	all := papers(t, secret)
	var shares [][]byte
	for i, lines := range all {
		if len(lines) != seal.PaperLines {
			t.Fatalf("%d lines", len(lines))
		}
		typed := "# paper of an officer\n\n" + strings.ToUpper(strings.Join(lines, "\n"))
		if i == 1 { // as another person types it
			typed = strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(strings.Join(lines, "\r\n"))
		}
		b, err := seal.ParsePaper(typed)
		if err != nil {
			t.Fatalf("paper %d: %v", i+1, err)
		}
		shares = append(shares, b)
	}
	got, err := seal.Combine([][]byte{shares[2], shares[0]})
	if err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("two papers: %v", err)
	}
	_, err = seal.Combine(shares[:1])
	refused(t, "one paper", err, fault.Invalid)
	_, err = seal.Combine([][]byte{shares[0], shares[0]})
	refused(t, "one paper twice", err, fault.Invalid)
}

// TestAPaperNoticesSlips: one wrong character anywhere, two neighbours swapped, a line in another place, missing,
// doubled or of another paper is noticed, and of all but the last the line is named.
func TestAPaperNoticesSlips(t *testing.T) {
	all := papers(t, seal.NewKey(nil).Bytes())
	lines := all[0]
	try := func(what string, changed []string, line string) {
		t.Helper()
		_, err := seal.ParsePaper(strings.Join(changed, "\n"))
		refused(t, what, err, fault.Invalid)
		if f, ok := errors.AsType[*fault.Error](err); line != "" && (!ok || !strings.HasPrefix(f.Key, "seal.paper.") || f.Args["line"] != line) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i, line := range lines {
		at := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14"}[i]
		for p := range len(line) {
			if line[p] == '-' {
				continue
			}
			for _, c := range paperAlphabet {
				if byte(c) == line[p] {
					continue
				}
				changed := append([]string{}, lines...)
				changed[i] = line[:p] + string(c) + line[p+1:]
				try("another character", changed, at)
			}
			q := p + 1
			if q < len(line) && line[q] == '-' {
				q++
			}
			if q < len(line) && line[p] != line[q] {
				swapped := []byte(line)
				swapped[p], swapped[q] = swapped[q], swapped[p]
				changed := append([]string{}, lines...)
				changed[i] = string(swapped)
				try("two characters swapped", changed, at)
			}
		}
		if i > 0 {
			changed := append([]string{}, lines...)
			changed[i-1], changed[i] = changed[i], changed[i-1]
			if lines[i-1] != lines[i] {
				try("two lines swapped", changed, []string{"", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"}[i])
			}
		}
		try("a line missing", append(append([]string{}, lines[:i]...), lines[i+1:]...), "")
		try("a line twice", append(append([]string{}, lines[:i+1]...), lines[i:]...), "")
		changed := append([]string{}, lines...)
		if changed[i] = all[1][i]; changed[i] != line {
			try("a line of another officer's paper", changed, "")
		}
		if seal.CheckPaperLine(i+1, line) != nil || seal.CheckPaperLine(i+1, at+": "+line) != nil {
			t.Errorf("line %s is refused", at)
		}
		if seal.CheckPaperLine(i+2, line) == nil {
			t.Errorf("line %s passes for the next", at)
		}
	}
}

func FuzzParsePaper(f *testing.F) {
	for _, lines := range papers(f, seal.NewKey(nil).Bytes()) {
		f.Add(strings.Join(lines, "\n"))
	}
	f.Add("1: 041-061-05r\n# nothing\n")
	f.Fuzz(func(t *testing.T, text string) {
		share, err := seal.ParsePaper(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		lines, err := seal.Paper(share)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", text, err)
		}
		again, err := seal.ParsePaper(strings.Join(lines, "\n"))
		if err != nil || !bytes.Equal(again, share) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
