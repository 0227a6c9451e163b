package audit_test

import (
	"bytes"
	"testing"

	"github.com/opentrm/opentrm/internal/audit"
)

// example returns the texts that outsiders send: a request, a checkpoint, a proof, a statement.
func example(f *testing.F) (mk *node, texts []string) {
	mk = storied(f)["MK"]
	v := mk.look()
	c := mk.checkpoints[1]
	r, err := v.Ask(f.Context(), c, 704)
	if err != nil {
		f.Fatal(err)
	}
	p, err := v.Prove(f.Context(), audit.At(1, 5), c, mk.cosignatures)
	if err != nil {
		f.Fatal(err)
	}
	opened := p
	opened.Opening = []byte("sixteen bytes ..{}")
	return mk, []string{r.Text(), c.Note, p.Text(), mk.epochs[0], opened.Text()}
}

func FuzzParseRequest(f *testing.F) {
	_, texts := example(f)
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if r, err := audit.ParseRequest(s); err == nil && r.Text() != s {
			t.Errorf("%q re-encodes as %q", s, r.Text())
		}
	})
}

func FuzzParseFork(f *testing.F) {
	for _, x := range []audit.Fork{{Member: "MD"}, {Member: "RS", First: "a\n\n— b\n", Second: "c\nfirst 1\n", Proof: "d\n"}} {
		f.Add(x.Text())
	}
	f.Add("fork MD\nfirst 01\nsecond 0\na")
	f.Fuzz(func(t *testing.T, s string) {
		if x, err := audit.ParseFork(s); err == nil && x.Text() != s {
			t.Errorf("%q re-encodes as %q", s, x.Text())
		}
	})
}

func FuzzParseProof(f *testing.F) {
	_, texts := example(f)
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := audit.ParseProof(s); err == nil && p.Text() != s {
			t.Errorf("%q re-encodes as %q", s, p.Text())
		}
	})
}

// FuzzParseSigned feeds whatever is signed to its parsers; only texts of the seeds carry a signature, so
// whatever else is accepted must differ in other signatures alone.
func FuzzParseSigned(f *testing.F) {
	mk, texts := example(f)
	for _, s := range texts {
		f.Add(s)
	}
	good := map[string]bool{}
	for _, c := range mk.checkpoints {
		s, err := audit.ParseCheckpoint(c.Note, mk.roster)
		if err != nil {
			f.Fatal(err)
		}
		good[s.Text()] = true
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := audit.ParseCheckpoint(s, mk.roster); err == nil && !good[c.Text()] {
			t.Errorf("%q was never signed", s)
		}
		if b, err := audit.ParseBeginning(s, mk.roster); err == nil && b.Epoch != 2 {
			t.Errorf("%q was never signed", s)
		}
		if x, err := audit.ReadCosignature(mk.checkpoints[0], s, "RS", mk.roster); err == nil && x.Line != mk.cosignatures[1].Line && x.Line != mk.cosignatures[2].Line {
			t.Errorf("%q was never signed", s)
		}
	})
}

func FuzzParseEntry(f *testing.F) {
	b, err := audit.Saw(ana, "case.open", "c-1").For("assistance").In("c-1").With([]byte{1, 2}).At(1).Payload()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := audit.ParseEntry(b)
		if err != nil {
			return
		}
		if again, err := e.Payload(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%s re-encodes as %s, %v", b, again, err)
		}
	})
}
