package docx_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/docx"
)

// What is written is a package of well-formed parts with all that was said in it, in order and in its language; written twice it is the same.
func TestADocumentHoldsWhatWasSaid(t *testing.T) {
	write := func() []byte {
		d := docx.Document{Lang: "mk"}
		d.Title(docx.Say("Состанок & <заклучоци>"))
		d.Heading(docx.Say("Дневен ред"))
		d.Subheading(docx.Text{Text: "Item", Lang: "en"})
		d.Paragraph(docx.Say("one\ntwo"))
		d.Table([]string{"A", "B"}, [][]docx.Text{{docx.Say("a1"), {Text: "b1\x00", Lang: "fr"}}, {docx.Say("a2")}})
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	file := write()
	if !bytes.Equal(file, write()) {
		t.Error("the same document is not the same bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(b)
		x := xml.NewDecoder(bytes.NewReader(b))
		for {
			if _, err := x.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
		if !f.Modified.IsZero() && f.Modified.Year() > 1980 {
			t.Errorf("%s says when it was written: %v", f.Name, f.Modified)
		}
	}
	var text strings.Builder
	x := xml.NewDecoder(strings.NewReader(parts["word/document.xml"]))
	for {
		tok, err := x.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if c, ok := tok.(xml.CharData); ok && len(bytes.TrimSpace(c)) > 0 {
			text.WriteString("|" + string(c))
		}
	}
	if got, want := text.String(), "|Состанок & <заклучоци>|Дневен ред|Item|one|two|A|B|a1|b1\uFFFD|a2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if len(parts) != 5 || !strings.Contains(parts["word/styles.xml"], `w:val="mk"`) || !strings.Contains(parts["word/document.xml"], `w:lang w:val="fr"`) {
		t.Errorf("%d parts", len(parts))
	}
}
