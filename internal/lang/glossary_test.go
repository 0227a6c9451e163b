package lang_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestMacedonianSaysOneWordForOneThing: what the glossary rejects stands in no message.
func TestMacedonianSaysOneWordForOneThing(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "languages", "mk.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rejected []string
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(line, "|---") || strings.Contains(line, "| English |") {
			continue
		}
		for word := range strings.SplitSeq(cells[3], ",") {
			if word = strings.TrimSpace(word); word != "" {
				rejected = append(rejected, regexp.QuoteMeta(stem(word)))
			}
		}
	}
	if len(rejected) < 10 {
		t.Fatalf("the glossary rejects %d words", len(rejected))
	}
	bad := regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:` + strings.Join(rejected, "|") + `)`)
	messages, err := os.ReadDir(filepath.Join("text", "mk"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range messages {
		text, err := os.ReadFile(filepath.Join("text", "mk", file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if _, said, ok := strings.Cut(line, `": `); ok && bad.MatchString(said) {
				t.Errorf("%s: %s: rejected in docs/languages/mk.md", file.Name(), strings.TrimSpace(line))
			}
		}
	}
}

// stem is a word without its last letter where that changes with the case.
func stem(word string) string {
	if len([]rune(word)) > 6 {
		return string([]rune(word)[:len([]rune(word))-1])
	}
	return word
}
