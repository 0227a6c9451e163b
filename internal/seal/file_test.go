package seal_test

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/seal"
)

// TestAFileOpensWithAnyAge: what was sealed under a passphrase is opened by the library that the age tool is made of, with
// nothing of ours, and is not there in clear.
func TestAFileOpensWithAnyAge(t *testing.T) {
	const words = "PLANTED a bed for Фиктивна"
	p := seal.Spoken(nil)
	if !regexp.MustCompile(`^(\d{4}-){5}\d{4}$`).MatchString(p) || p == seal.Spoken(nil) {
		t.Fatalf("passphrase %s", p)
	}
	file, err := seal.SealFile(p, []byte(words))
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := seal.SealFile(p, []byte(words)); again == file || strings.Contains(file, "PLANTED") || strings.Contains(file, p) {
		t.Error("the file betrays something")
	}
	who, err := age.NewScryptIdentity(p)
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(file)), who)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != words {
		t.Errorf("%q %v", got, err)
	}

	for _, typed := range []string{p, strings.ReplaceAll(p, "-", " "), strings.ReplaceAll(p, "-", ""), " " + p + "\n"} {
		if got, err := seal.OpenFile(typed, file); err != nil || string(got) != words {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", seal.Spoken(nil), p[:len(p)-1], p + "1"} {
		if _, err := seal.OpenFile(typed, file); !fault.Is(err, fault.Denied) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	middle := len(file) / 2
	for _, bad := range []string{"", "no file", file[:middle], strings.Replace(file, "AGE", "EGA", 1), file[:middle] + flipped(file[middle]) + file[middle+1:], file + "x", strings.Repeat(file, 500)} {
		if _, err := seal.OpenFile(p, bad); err == nil {
			t.Errorf("%.40q opens", bad)
		}
	}
	if _, err := seal.SealFile("correct horse battery staple", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a chosen passphrase: %v", err)
	}
	if _, err := seal.SealFile(p, make([]byte, seal.MaxFile+1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("too large: %v", err)
	}
}

func flipped(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

func FuzzOpenFile(f *testing.F) {
	f.Add("1", "-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n")
	f.Fuzz(func(t *testing.T, passphrase, file string) {
		if strings.Contains(file, "scrypt") {
			return // stretching is not what is tried here
		}
		if _, err := seal.OpenFile(passphrase, file); err == nil {
			t.Error("a file that was never made opens")
		}
	})
}
