// Package docx writes small Word documents (ECMA-376, WordprocessingML): a title, headings, paragraphs, numbered lines and tables, each in its language.
//
// What it writes has no author, no program and no time in it, so that a document tells nothing but what stands in it, and the same text is the same bytes.
package docx

import (
	"archive/zip"
	"encoding/xml"
	"io"
	"strings"
)

// Document is what is written, in order.
type Document struct {
	Lang  string // BCP 47, of what names no other
	parts []string
}

// Text is a run of text with its language; empty: that of the document.
type Text struct{ Text, Lang string }

// Say is text in the language of the document.
func Say(s string) Text { return Text{Text: s} }

// Title begins the document.
func (d *Document) Title(t Text) { d.paragraph("Title", t) }

// Heading begins a part of it.
func (d *Document) Heading(t Text) { d.paragraph("Heading1", t) }

// Subheading begins a part of a part.
func (d *Document) Subheading(t Text) { d.paragraph("Heading2", t) }

// Paragraph is text; a line feed in it begins the next one.
func (d *Document) Paragraph(t Text) {
	for line := range strings.SplitSeq(t.Text, "\n") {
		d.paragraph("", Text{line, t.Lang})
	}
}

// Table has a head that is repeated on every page, and rows of as many cells.
func (d *Document) Table(head []string, rows [][]Text) {
	var b strings.Builder
	b.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/><w:tblLook w:firstRow="1"/></w:tblPr><w:tblGrid>`)
	for range head {
		b.WriteString(`<w:gridCol/>`)
	}
	b.WriteString(`</w:tblGrid><w:tr><w:trPr><w:tblHeader/></w:trPr>`)
	for _, h := range head {
		b.WriteString(`<w:tc><w:p><w:pPr><w:pStyle w:val="Head"/></w:pPr>` + run(Say(h)) + `</w:p></w:tc>`)
	}
	b.WriteString(`</w:tr>`)
	for _, row := range rows {
		b.WriteString(`<w:tr>`)
		for i := range head {
			var t Text
			if i < len(row) {
				t = row[i]
			}
			b.WriteString(`<w:tc><w:p>` + run(t) + `</w:p></w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	b.WriteString(`</w:tbl><w:p/>`)
	d.parts = append(d.parts, b.String())
}

func (d *Document) paragraph(style string, t Text) {
	p := `<w:p>`
	if style != "" {
		p += `<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`
	}
	d.parts = append(d.parts, p+run(t)+`</w:p>`)
}

func run(t Text) string {
	p := ""
	if t.Lang != "" {
		p = `<w:rPr><w:lang w:val="` + escape(t.Lang) + `"/></w:rPr>`
	}
	return `<w:r>` + p + `<w:t xml:space="preserve">` + escape(t.Text) + `</w:t></w:r>`
}

// escape writes text as XML has it; what XML cannot hold becomes the sign for that.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}

const (
	head  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	main  = `http://schemas.openxmlformats.org/wordprocessingml/2006/main`
	types = head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>`
	rels = head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`
	inner = head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
)

// styles are a title, two headings that an outline is made of, and a table with lines.
func (d *Document) styles() string {
	style := func(name, more, look string) string {
		return `<w:style w:type="paragraph" w:styleId="` + strings.ReplaceAll(name, " ", "") + `"><w:name w:val="` + strings.ToLower(name[:1]) + name[1:] + `"/><w:basedOn w:val="Normal"/>` +
			`<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="120"/>` + more + `</w:pPr><w:rPr><w:b/>` + look + `</w:rPr></w:style>`
	}
	return head + `<w:styles xmlns:w="` + main + `"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="22"/><w:lang w:val="` + escape(d.Lang) + `"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>` +
		style("Title", ``, `<w:sz w:val="36"/>`) + style("Heading 1", `<w:outlineLvl w:val="0"/>`, `<w:sz w:val="28"/>`) + style("Heading 2", `<w:outlineLvl w:val="1"/>`, `<w:sz w:val="24"/>`) +
		`<w:style w:type="paragraph" w:styleId="Head"><w:name w:val="table head"/><w:basedOn w:val="Normal"/><w:rPr><w:b/></w:rPr></w:style>` +
		`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders>` + borders() + `</w:tblBorders></w:tblPr></w:style></w:styles>`
}

func borders() string {
	b := ""
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		b += `<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="auto"/>`
	}
	return b
}

// Write writes the document as a file with the ending .docx.
func (d *Document) Write(w io.Writer) error {
	z := zip.NewWriter(w)
	for _, f := range [][2]string{
		{"[Content_Types].xml", types},
		{"_rels/.rels", rels},
		{"word/_rels/document.xml.rels", inner},
		{"word/styles.xml", d.styles()},
		{"word/document.xml", head + `<w:document xmlns:w="` + main + `"><w:body>` + strings.Join(d.parts, "") + `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134"/></w:sectPr></w:body></w:document>`},
	} {
		part, err := z.CreateHeader(&zip.FileHeader{Name: f[0], Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, f[1]); err != nil {
			return err
		}
	}
	return z.Close()
}
