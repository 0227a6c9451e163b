package sheet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/sheet"
)

const (
	relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	kinds     = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
)

// parts returns the parts of a workbook with one sheet.
func parts(rows string) map[string]string {
	return map[string]string{
		"_rels/.rels":     relations + `<Relationship Id="r1" Type="` + kinds + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="One" r:id="r7"/><sheet name="Two" r:id="r8"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": relations + `<Relationship Id="r7" Type="` + kinds + `worksheet" Target="/xl/worksheets/sheet1.xml"/>` +
			`<Relationship Id="r9" Type="` + kinds + `sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r6" Type="` + kinds + `styles" Target="styles.xml"/></Relationships>`,
		"xl/sharedStrings.xml": `<sst><si><t>Name</t></si><si><r><t>De</t></r><r><t xml:space="preserve">mona </t></r><rPh><t>demona</t></rPh></si><si><t/></si></sst>`,
		"xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$-402]d. mmmm yyyy"/><numFmt numFmtId="171" formatCode="&quot;day&quot; 0.00"/></numFmts>` +
			`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}
}

// book writes a workbook.
func book(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(b []byte) ([]sheet.Row, error) {
	r, err := sheet.XLSX(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	return all(r)
}

func TestXLSX(t *testing.T) {
	rows := `<row r="1" hidden="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Born</t></is></c></row>` +
		`<row r="2"><c r="A2"/><c r="B2" t="s"><v>2</v></c></row>` + // nothing in it
		`<row r="4"><c t="s"><v>1</v></c><c r="C4" s="1"><v>36297</v></c><c><v>38970123456</v></c><c s="2"><v>36297.75</v></c><c s="3"><v>36297</v></c></row>` +
		`<row><c t="b"><v>1</v></c><c t="str"><f>A1&amp;"x"</f><v>Namex</v></c><c><f>1+1</f><v>2</v></c><c><v>0.30000000000000004</v></c><c><v>3.8970123456E10</v></c></row>` +
		`<row r="6"><c t="e"><v>#REF!</v></c></row><row r="7"><c><f>1+1</f></c></row><row r="8"><c t="s"><v>3</v></c></row>` +
		`<row r="9"><c s="1"><v>60</v></c></row><row r="10"><c s="1"><v>59</v></c><c s="1"><v>61</v></c></row><row r="11"><c r="ZZZ1"><v>1</v></c></row>` +
		`<row r="12"><c><v>many</v></c></row><row r="13"><c t="str"><f>A1</f></c></row>`
	got, err := read(book(t, parts(rows)))
	want := []sheet.Row{
		{Number: 1, Cells: []string{"Name", "", "Born"}},
		{Number: 4, Cells: []string{"Demona ", "", "1999-05-17", "38970123456", "1999-05-17", "36297"}},
		{Number: 5, Cells: []string{"TRUE", "Namex", "2", "0.3", "38970123456"}},
		{Number: 6, Broken: "sheet.row.formula"},
		{Number: 7, Broken: "sheet.row.formula"},
		{Number: 8, Broken: "sheet.row.shared"},
		{Number: 9, Broken: "sheet.row.date"},
		{Number: 10, Cells: []string{"1900-02-28", "1900-03-01"}},
		{Number: 11, Broken: "sheet.row.columns"},
		{Number: 12, Broken: "sheet.row.number"},
		{Number: 13, Broken: "sheet.row.formula"},
	}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
	since := parts(`<row r="1"><c s="1"><v>0</v></c></row>`)
	since["xl/workbook.xml"] = strings.Replace(since["xl/workbook.xml"], "<workbookPr/>", `<workbookPr date1904="1"/>`, 1)
	got, err = read(book(t, since))
	if d := cmp.Diff([]sheet.Row{{Number: 1, Cells: []string{"1904-01-01"}}}, got); d != "" || err != nil {
		t.Errorf("%v\n%s", err, d)
	}
}

// A workbook that unpacks to more than a machine bears, nests without end, defines entities or is none at all is refused.
func TestAWorkbookThatIsABomb(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	change := func(name, text string) func(map[string]string) {
		return func(p map[string]string) { p[name] = text }
	}
	sheet1 := "xl/worksheets/sheet1.xml"
	for name, c := range map[string]struct {
		change func(map[string]string)
		kind   fault.Kind
	}{
		"a long text":           {change("xl/sharedStrings.xml", "<sst><si><t>"+long+"</t></si></sst>"), fault.TooLarge},
		"many texts":            {change("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si><t>"+long[:500_000]+"</t></si>", 150)+"</sst>"), fault.TooLarge},
		"a long cell":           {change(sheet1, "<worksheet><sheetData><row><c t=\"str\"><v>"+long+"</v></c></row></sheetData></worksheet>"), fault.TooLarge},
		"a row without an end":  {change(sheet1, "<worksheet><sheetData><row>"+strings.Repeat(`<c t="str"><v>xxxxxxxxxxxxxxxxxxxxxxxxxxxx</v></c>`, 1<<16)), fault.TooLarge},
		"deep":                  {change(sheet1, strings.Repeat("<a>", 1<<20)), fault.TooLarge},
		"many styles":           {change("xl/styles.xml", "<styleSheet>"+strings.Repeat("<xf/>", 9<<18)+"</styleSheet>"), fault.TooLarge},
		"entities":              {change(sheet1, `<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>`), fault.Invalid},
		"a document type":       {change(sheet1, `<!DOCTYPE x><worksheet><sheetData/></worksheet>`), fault.Invalid},
		"cut off":               {change(sheet1, "<worksheet><sheetData><row><c>"), fault.Invalid},
		"rows going back":       {change(sheet1, `<worksheet><sheetData><row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row></sheetData></worksheet>`), fault.Invalid},
		"no sheet":              {func(p map[string]string) { delete(p, sheet1) }, fault.Invalid},
		"no relations":          {func(p map[string]string) { delete(p, "_rels/.rels") }, fault.Invalid},
		"another character set": {change(sheet1, `<?xml version="1.0" encoding="UTF-16"?><worksheet/>`), fault.Invalid},
	} {
		p := parts("")
		c.change(p)
		if _, err := read(book(t, p)); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read([]byte("PK but no workbook")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no archive: %v", err)
	}
	if _, err := sheet.XLSX(bytes.NewReader(nil), sheet.MaxWorkbook+1); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a large file: %v", err)
	}
	many := parts("")
	for i := range 2001 {
		many[fmt.Sprint("part", i)] = ""
	}
	if _, err := read(book(t, many)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("many parts: %v", err)
	}
}

func FuzzXLSX(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c s="1"><v>36297</v></c></row><row><c t="inlineStr"><is><t>x</t></is></c><c><f>1</f></c></row>`, `<si><t>x</t></si>`, "dd.mm.yyyy")
	f.Fuzz(func(t *testing.T, rows, shared, format string) {
		p := parts(rows)
		p["xl/sharedStrings.xml"] = "<sst>" + shared + "</sst>"
		p["xl/styles.xml"] = `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="` + format + `"/></numFmts><cellXfs><xf numFmtId="170"/><xf numFmtId="14"/></cellXfs></styleSheet>`
		got, err := read(book(t, p))
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Fatal(err)
		}
		last := int64(0)
		for _, r := range got {
			if r.Number <= last || (r.Broken == "") != (len(r.Cells) > 0) || len(r.Cells) > sheet.MaxColumns {
				t.Fatalf("row %+v after %d", r, last)
			}
			last = r.Number
			for _, c := range r.Cells {
				if len(c) > sheet.MaxCell || !utf8.ValidString(c) {
					t.Fatalf("cell %q", c)
				}
			}
		}
	})
}

func FuzzWorkbook(f *testing.F) {
	f.Add(book(f, parts(`<row><c><v>1</v></c></row>`)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := read(b); err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Fatal(err)
		}
	})
}
