package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const source = `package keep

type Tx struct{}

func (tx *Tx) Called() int { return 1 }

func (tx Tx) Never() {
	_ = 1
}

func (tx *Tx) Half(ok bool) int {
	if ok {
		return 1
	}
	return 2
}

func (tx *Tx) hidden() {}

type Other struct{}

func (o *Other) Never() { _ = 1 }
`

func TestMethodsThatNeverRanAreNamed(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keep")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tx.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	const profile = `mode: set
example.org/keep/tx.go:5.28,5.38 1 0
example.org/keep/tx.go:7.22,9.2 1 0
example.org/keep/tx.go:11.34,12.9 1 1
example.org/keep/tx.go:12.9,14.3 1 0
example.org/keep/tx.go:15.2,15.10 1 0
example.org/other/tx.go:7.22,9.2 1 1
`
	for name, c := range map[string]struct {
		profile string
		never   []string
	}{
		"one package":                        {profile, []string{"Tx.Called", "Tx.Never"}},
		"another that runs more":             {profile + "mode: set\nexample.org/keep/tx.go:5.28,5.38 1 1\n", []string{"Tx.Never"}},
		"what ran comes before what did not": {"example.org/keep/tx.go:5.28,5.38 1 1\n" + profile, []string{"Tx.Never"}},
		"nothing":                            {"mode: set\n", []string{"Tx.Called", "Tx.Half", "Tx.Never"}},
	} {
		t.Run(name, func(t *testing.T) {
			never, n, err := idle(strings.NewReader(c.profile), folder, []string{"Tx"})
			if err != nil || n != 3 || !slices.Equal(never, c.never) {
				t.Errorf("never %v of %d, %v; want %v", never, n, err, c.never)
			}
		})
	}
	for _, bad := range []string{"what", "a.go:1.2 x", "a.go:"} {
		if _, _, err := idle(strings.NewReader(bad+"\n"), folder, []string{"Tx"}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
