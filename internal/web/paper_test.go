package web_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// printed makes of the page what a printer would get, as a PDF document of sheets of A4, with what browsers write into the margins or without it.
func printed(t *testing.T, ctx context.Context, margins bool) []byte {
	t.Helper()
	var out []byte
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		r, err := cdp.Call(ctx, target, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69, DisplayHeaderFooter: &margins})
		out = r.Data
		return err
	}))
	if err != nil || !bytes.HasPrefix(out, []byte("%PDF-1.")) {
		t.Fatalf("nothing is printed: %v", err)
	}
	return out
}

// medium shows the page as on "print" or on "screen".
func medium(t *testing.T, ctx context.Context, media string) {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media})
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// The parts of a PDF document as Chromium writes it (ISO 32000-1: objects 7.3.10, streams 7.3.8, text 9.4, the way back to letters 9.10.3).
var (
	pdfObject = regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)\nendobj`)
	pdfFonts  = regexp.MustCompile(`(?s)/Font <<(.*?)>>`)
	pdfFont   = regexp.MustCompile(`/(F\d+) (\d+) 0 R`)
	pdfRef    = map[string]*regexp.Regexp{"ToUnicode": regexp.MustCompile(`/ToUnicode (\d+) 0 R`), "Contents": regexp.MustCompile(`/Contents (\d+) 0 R`)}
	pdfKids   = regexp.MustCompile(`/Kids \[([^\]]*)\]`)
	pdfNumber = regexp.MustCompile(`(\d+) 0 R`)
	pdfShown  = regexp.MustCompile(`/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)> Tj|\bTm\n`)
	pdfBlock  = regexp.MustCompile(`(?s)begin(bfchar|bfrange)\n(.*?)end`)
	pdfHex    = regexp.MustCompile(`<([0-9A-Fa-f]+)>`)
)

// onSheets reads the words of each sheet of a document as Chromium prints it, without the spaces between them: where a line ends, and with it
// the space, depends on fonts.
func onSheets(t *testing.T, pdf []byte) []string {
	t.Helper()
	objects := map[string][]byte{}
	for _, m := range pdfObject.FindAllSubmatch(pdf, -1) {
		objects[string(m[1])] = m[2]
	}
	stream := func(of string) string {
		_, packed, ok := bytes.Cut(objects[of], []byte("stream\n"))
		if !ok {
			t.Fatalf("object %s has no stream", of)
		}
		z, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	ref := func(object []byte, name string) string {
		m := pdfRef[name].FindSubmatch(object)
		if m == nil {
			t.Fatalf("no %s in %.200s", name, object)
		}
		return string(m[1])
	}
	var out []string
	sheet := func(object []byte) string {
		letters := map[string]map[uint64]string{}
		if m := pdfFonts.FindSubmatch(object); m != nil {
			for _, f := range pdfFont.FindAllSubmatch(m[1], -1) {
				letters[string(f[1])] = lettersOf(t, stream(ref(objects[string(f[2])], "ToUnicode")))
			}
		}
		var text strings.Builder
		font := ""
		for _, m := range pdfShown.FindAllStringSubmatch(stream(ref(object, "Contents")), -1) {
			if m[1] != "" {
				font = m[1]
			}
			for glyphs := m[2]; len(glyphs) >= 4; glyphs = glyphs[4:] {
				text.WriteString(letters[font][number(t, glyphs[:4])])
			}
		}
		return squeezed(text.String())
	}
	var walk func(of string)
	walk = func(of string) {
		if m := pdfKids.FindSubmatch(objects[of]); m != nil {
			for _, kid := range pdfNumber.FindAllSubmatch(m[1], -1) {
				walk(string(kid[1]))
			}
			return
		}
		out = append(out, sheet(objects[of]))
	}
	root := regexp.MustCompile(`/Type /Catalog\s+/Pages (\d+) 0 R`).FindSubmatch(pdf)
	if root == nil {
		t.Fatal("the document has no catalogue")
	}
	walk(string(root[1]))
	return out
}

// lettersOf reads which letters the glyphs of a font are.
func lettersOf(t *testing.T, cmap string) map[uint64]string {
	t.Helper()
	out := map[uint64]string{}
	for _, block := range pdfBlock.FindAllStringSubmatch(cmap, -1) {
		for line := range strings.Lines(block[2]) {
			m := pdfHex.FindAllStringSubmatch(line, -1)
			switch {
			case block[1] == "bfchar" && len(m) == 2:
				out[number(t, m[0][1])] = written(t, m[1][1], 0)
			case block[1] == "bfrange" && len(m) == 3:
				first := number(t, m[0][1])
				for g := first; g <= number(t, m[1][1]); g++ {
					out[g] = written(t, m[2][1], uint16(g-first))
				}
			}
		}
	}
	return out
}

func number(t *testing.T, digits string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// written is what some bytes of UTF-16 say, the last unit raised by so many.
func written(t *testing.T, digits string, more uint16) string {
	t.Helper()
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) < 2 || len(b)%2 != 0 {
		t.Fatal(fmt.Errorf("%q are no letters: %w", digits, err))
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	units[len(units)-1] += more
	return string(utf16.Decode(units))
}

// squeezed is a text without spaces, soft hyphens and marks of direction.
func squeezed(s string) string {
	s = strings.NewReplacer("\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl", "\ufb03", "ffi").Replace(s) // as fonts draw them
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\n', '\t', '\r', '\u00a0', '\u00ad', '\u200b', '\u200e', '\u200f', '\u2066', '\u2067', '\u2068', '\u2069':
			return -1
		}
		return r
	}, s)
}
