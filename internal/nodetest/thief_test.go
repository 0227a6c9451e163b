package nodetest_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"unicode/utf16"

	"github.com/opentrm/opentrm/internal/nodetest"
)

// A search that finds nothing shows something only if it would have found the word in each disguise.
func TestTheThiefFindsWhatIsThere(t *testing.T) {
	const word = "Пробна Планинка"
	var wide []byte
	for _, u := range utf16.Encode([]rune(word)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	for name, b := range map[string][]byte{
		"plain":     []byte("x" + word + "y"),
		"utf-16":    append([]byte{1}, wide...),
		"hex":       []byte(hex.EncodeToString([]byte("abc" + word))),
		"escaped":   []byte(strconv.QuoteToASCII(word)),
		"percent":   []byte("/find?name=" + url.QueryEscape(word)),
		"path":      []byte(url.PathEscape(word)),
		"octal":     []byte(`\320\237\321\200\320\276\320\261\320\275\320\260\040\320\237\320\273\320\260\320\275\320\270\320\275\320\272\320\260`),
		"upper":     []byte("ПРОБНА ПЛАНИНКА"),
		"base64":    []byte(base64.StdEncoding.EncodeToString([]byte("a" + word + "bc"))),
		"base64url": []byte(base64.RawURLEncoding.EncodeToString([]byte("ab" + word))),
	} {
		th := nodetest.NewThief(word)
		th.Bytes(name, b)
		if len(th.Finds) != 1 {
			t.Errorf("%s: the word is not found in %q", name, b)
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "left-behind"), []byte(word), 0o600); err != nil {
		t.Fatal(err)
	}
	th := nodetest.NewThief(word, "somebody else")
	if err := th.Dir(dir); err != nil || len(th.Finds) != 1 || th.Finds[0].Word != word {
		t.Errorf("in a directory: %v, %v", th.Finds, err)
	}
	if err := os.Rename(filepath.Join(dir, "left-behind"), filepath.Join(dir, "photo of "+word)); err != nil {
		t.Fatal(err)
	}
	if err := th.Dir(dir); err != nil || len(th.Finds) != 3 {
		t.Errorf("in the name of a file: %v, %v", th.Finds, err)
	}
}
