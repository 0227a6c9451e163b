// Lighthouse over pages of a node that is up, on an emulated telephone with a slow line, as one table in Markdown.
//
//	node run.mjs LINK PATH...
//
// LINK signs in: one that "opentrm demo" prints, or the address of the sign-in page for nobody. CHROMIUM says where the browser is. First: npm ci.
import lighthouse from 'lighthouse';
import puppeteer from 'puppeteer-core';

const [link, ...paths] = process.argv.slice(2);
if (!link || paths.length === 0) {
	console.error('usage: node run.mjs LINK PATH...');
	process.exit(2);
}
const browser = await puppeteer.launch({
	executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: ['--no-sandbox'], acceptInsecureCerts: true,
});
try {
	const page = await browser.newPage();
	await page.goto(link);
	const round = (n) => n === null ? 'none' : Math.round(n * 100);
	const of = (r, id) => r.audits[id]?.numericValue ?? 0;
	for (const path of paths) {
		const { lhr } = await lighthouse(new URL(path, link).href, {
			logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'], disableStorageReset: true,
		}, undefined, page);
		if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
		const c = lhr.categories;
		console.log('| ' + [
			path, round(c.performance.score), round(c.accessibility.score), round(c['best-practices'].score),
			(of(lhr, 'first-contentful-paint') / 1000).toFixed(1), (of(lhr, 'largest-contentful-paint') / 1000).toFixed(1),
			Math.round(of(lhr, 'total-blocking-time')), of(lhr, 'cumulative-layout-shift').toFixed(3), Math.round(of(lhr, 'total-byte-weight') / 1000),
		].join(' | ') + ' |');
		for (const [id, a] of Object.entries(lhr.audits)) {
			if (a.score !== null && a.score < 0.9 && a.scoreDisplayMode !== 'informative' && a.scoreDisplayMode !== 'metricSavings') console.error(`${path}: ${id}: ${a.title} ${a.displayValue ?? ''}`);
		}
	}
} finally {
	await browser.close();
}
