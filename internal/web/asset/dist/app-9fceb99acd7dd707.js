const summary = document.querySelector('[data-error-summary]')
if (summary) summary.focus()
document.addEventListener('submit', (event) => {
const form = event.target
if (form.dataset.sent) event.preventDefault()
else if (!event.defaultPrevented) form.dataset.sent = 'yes'
})
window.addEventListener('pageshow', () => {
for (const form of document.forms) delete form.dataset.sent
})
const leave = document.querySelector('[data-leave]')
if (leave) {
const go = () => {
document.documentElement.classList.add('trm-gone')
document.title = ' '
location.replace(leave.href)
}
leave.addEventListener('click', (event) => {
event.preventDefault()
go()
})
let pressed = []
document.addEventListener('keydown', (event) => {
if (event.key !== 'Escape') {
pressed = []
return
}
pressed = [...pressed, event.timeStamp].filter((t) => event.timeStamp - t < 2000)
if (pressed.length >= 3) go()
})
}
