package web_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/opentrm/opentrm/internal/web/webtest"
)

// A picture has so few colours that all of them together fit into the repository, and ends where nobody would look further.
const (
	colours = 8
	tallest = 850 // pixels
)

var heading = regexp.MustCompile(`(?s)<h1[^>]*>(.*?)</h1>`)

// pictures writes the screens into a directory, as `go run ./scripts/screens` asks: every one on a telephone, in one language, or only those that
// OPENTRM_PICTURES_OF names, "home" on a telephone, "home-dark" in the dark, "home-1280" on a desk, "home-320" on the narrowest telephone. A table says who sees each and what it is headed.
func pictures(t *testing.T, w *webtest.World, all []screen, sent map[string]after, dir string) {
	t.Helper()
	ctx, tag, only := browser(t), cmp.Or(os.Getenv("OPENTRM_SCREENS_LANG"), "en"), os.Getenv("OPENTRM_PICTURES_OF")
	views, wanted := map[string]view{"": {width: 360, scheme: "light"}}, strings.Fields(only)
	if only != "" {
		views["-dark"], views["-1280"], views["-320"] = view{width: 360, scheme: "dark"}, view{width: 1280, scheme: "light"}, view{width: 320, scheme: "light"}
		all = slices.DeleteFunc(all, func(s screen) bool {
			return !slices.Contains(wanted, s.name) && !slices.Contains(wanted, s.name+"-dark") && !slices.Contains(wanted, s.name+"-1280") && !slices.Contains(wanted, s.name+"-320")
		})
	}
	table := ""
	walk(t, ctx, "http://"+w.Node.PeopleAddress(), tag, all, sent, func(s screen) {
		for end, v := range views {
			if only != "" && !slices.Contains(wanted, s.name+end) {
				continue
			}
			err := look(ctx, v.width, v.scheme)
			if err == nil {
				err = take(ctx, filepath.Join(dir, s.name+end+".png"), v.width)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if only == "" {
			table += fmt.Sprintf("%s\t%s\t%s\n", s.name, seenBy(w, s.login), headed(w, s, sent))
		}
	})
	if err := os.WriteFile(filepath.Join(dir, t.Name()+".tsv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
}

// take writes a picture of the page.
func take(ctx context.Context, file string, width int64) error {
	tall, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollHeight`))
	if err != nil {
		return err
	}
	shot := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		beyond := true
		r, err := cdp.Call(ctx, target, cdppage.CaptureScreenshot, cdppage.CaptureScreenshotParams{
			Format: cdppage.CaptureScreenshotFormatPng, CaptureBeyondViewport: &beyond, FromSurface: &beyond,
			Clip: &cdppage.Viewport{Width: float64(width), Height: float64(min(tall, tallest)), Scale: 1},
		})
		if err != nil {
			return err
		}
		full, err := png.Decode(bytes.NewReader(r.Data))
		if err != nil {
			return err
		}
		var small bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&small, reduced(full)); err != nil {
			return err
		}
		return os.WriteFile(file, small.Bytes(), 0o600)
	})
	return chromedp.Do(ctx, shot)
}

// reduced is a picture in the few colours that stand for all of its own best: each next one is the one that is worst shown so far.
func reduced(full image.Image) *image.Paletted {
	box := full.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	far := func(a, b color.RGBA) int {
		r, g, u := int(a.R)-int(b.R), int(a.G)-int(b.G), int(a.B)-int(b.B)
		return r*r + g*g + u*u
	}
	count := map[color.RGBA]int{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			count[at(x, y)]++
		}
	}
	left, most := map[color.RGBA]int{}, color.RGBA{}
	for c, n := range count {
		if n > count[most] {
			most = c
		}
	}
	for c := range count {
		left[c] = far(c, most)
	}
	all := color.Palette{most}
	for len(all) < min(colours, len(count)) {
		worst := most
		for c, off := range left {
			if off*count[c] > left[worst]*count[worst] {
				worst = c
			}
		}
		all = append(all, worst)
		for c, off := range left {
			left[c] = min(off, far(c, worst))
		}
	}
	small, place := image.NewPaletted(box, all), map[color.RGBA]uint8{}
	for c := range count {
		place[c] = uint8(all.Index(c))
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			small.SetColorIndex(x, y, place[at(x, y)])
		}
	}
	return small
}

// seenBy is the role of a login, in English.
func seenBy(w *webtest.World, login string) string {
	if login == "" {
		return "anybody"
	}
	return strings.ReplaceAll(string(w.Node.As(login).Actor.Role), "-", " ")
}

// headed is what a screen is headed in English.
func headed(w *webtest.World, s screen, sent map[string]after) string {
	p := w.Stranger()
	if s.login != "" {
		p = w.As(s.login)
	}
	a := p.Get(s.path)
	if x, ok := sent[s.name]; ok {
		a = x.answer(w, p, s)
	}
	if m := heading.FindStringSubmatch(a.Body); m != nil {
		return strings.Join(strings.Fields(markup.ReplaceAllString(m[1], " ")), " ")
	}
	return ""
}

// kept fails where docs/screens keeps a picture of a screen that no longer is, or not one in each of three scripts of one that is.
func kept(t *testing.T, all []screen) {
	t.Helper()
	root := os.DirFS("../../docs/screens")
	files, err := fs.Glob(root, "*/*.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		for _, tag := range []string{"fr", "mk", "el"} { // three scripts
			if !slices.Contains(files, tag+"/"+s.name+".png") {
				t.Errorf("docs/screens has no picture of %s in %s: go run ./scripts/screens", s.name, tag)
			}
		}
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".png")
		for _, end := range []string{"-dark", "-1280"} {
			name = strings.TrimSuffix(name, end)
		}
		if !slices.ContainsFunc(all, func(s screen) bool { return s.name == name }) {
			t.Errorf("docs/screens/%s shows no screen of the tests: go run ./scripts/screens", file)
		}
	}
}
