package publication

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestShapesAreThoseOfTheSpecification: what is taken here is what spec/publication.md 6 says, part by part and code by code.
func TestShapesAreThoseOfTheSpecification(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "spec", "publication.md"))
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for _, kind := range Kinds() {
		shape := ShapeOf(kind)
		if len(shape) == 0 {
			t.Errorf("%s has no shape", kind)
		}
		want := fmt.Sprintf("### `%s`\n\n| part | form |\n|---|---|\n", kind)
		for _, p := range shape {
			want += fmt.Sprintf("| %s | %s |\n", p.called(), p.form())
			parts += 1 + len(p.Rows)
		}
		if !strings.Contains(string(page), want+"\n") {
			t.Errorf("spec/publication.md lacks or says otherwise:\n%s", want)
		}
	}
	if len(shaped()) != len(Kinds()) || parts < 80 {
		t.Errorf("%d shapes of %d kinds, %d parts", len(shaped()), len(Kinds()), parts)
	}
}

func (p Part) called() string {
	if p.Need {
		return "**`" + p.Name + "`**"
	}
	return "`" + p.Name + "`"
}

func (p Part) form() string {
	said := string(p.Is)
	if len(p.Of) > 0 {
		said += ": `" + strings.Join(p.Of, "`, `") + "`"
	}
	var to []string
	for _, k := range p.To {
		to = append(to, "`"+string(k)+"`")
	}
	if len(to) > 0 {
		said += " to " + strings.Join(to, ", ")
	}
	var rows []string
	for _, q := range p.Rows {
		rows = append(rows, q.called()+" "+q.form())
	}
	if len(rows) > 0 {
		said += fmt.Sprintf(", at most %d (%s)", p.Most, strings.Join(rows, "; "))
	}
	return said
}
