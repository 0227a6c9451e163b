package web_test

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// cut finds what scrolls sideways, and text that stands outside the screen or is cut off by what it stands in. What is hidden for the
// eyes, and tables that scroll in a frame of their own, are no fault.
const cut = `(() => {
	const out = [], wide = document.documentElement.clientWidth
	if (document.documentElement.scrollWidth > wide) out.push('it scrolls: ' + document.documentElement.scrollWidth)
	const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
	for (let n = all.nextNode(); n; n = all.nextNode()) {
		const e = n.parentElement
		if (!n.data.trim() || e.closest('.govuk-visually-hidden, .govuk-skip-link, .trm-scroll, option, script, style, textarea') || !e.checkVisibility()) continue
		const range = document.createRange()
		range.selectNodeContents(n)
		const box = range.getBoundingClientRect(), said = n.data.trim().slice(0, 40)
		if (box.width && (box.left < -1 || box.right > wide + 1)) out.push('outside: ' + said)
		for (let p = e; p && p !== document.body; p = p.parentElement) {
			const style = getComputedStyle(p)
			if (style.clipPath === 'inset(50%)') break // for ears only
			if ((style.overflowX === 'hidden' || style.overflowX === 'clip') && p.scrollWidth > p.clientWidth + 1) { out.push('cut: ' + said); break }
		}
	}
	return out.slice(0, 4)
})()`

// uncut looks at a screen in the language that makes every text two fifths longer, 320 pixels wide, and then at the same screen as it is
// written from right to left.
func uncut(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	for _, dir := range []string{"ltr", "rtl"} {
		found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`document.documentElement.dir = '`+dir+`'; `+cut))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Errorf("%s, %s: %s", name, dir, f)
		}
	}
}
