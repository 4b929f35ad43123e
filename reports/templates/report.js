// The page is complete without this: it searches and filters, remembers the language, copies lines, and opens what a link leads to.
(function () {
  "use strict";
  var root = document.documentElement;
  function all(selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); }
  function by(id) { return document.getElementById(id); }

  // ---------------------------------------------------------------------------------------- language
  var choices = all("input[name=language]");

  function remembered(value) {
    try {
      if (value === undefined) return window.localStorage.getItem("yance-language");
      window.localStorage.setItem("yance-language", value);
    } catch (refused) { /* a page from disk may have no storage: then nothing is remembered */ }
    return null;
  }

  function choose(language) {
    var found = choices.filter(function (one) { return one.value === language; })[0];
    if (!found) return false;
    found.checked = true;
    root.lang = language;
    all("option[data-en]").forEach(function (one) { one.textContent = one.getAttribute(language === "en" ? "data-en" : "data-zh"); });
    return true;
  }

  // ---------------------------------------------------------------------------------------- search and filters
  var items = all(".item").map(function (element) {
    var read = function (name) { return (element.getAttribute("data-" + name) || "").split(" "); };
    return { element: element, o: read("o"), l: read("l"), c: read("c"), op: read("op"), text: null };
  });
  var sections = all("section.filtered").map(function (element) {
    var count = element.querySelector("h2 .count");
    return { element: element, count: count, whole: count ? count.textContent : "" };
  });
  var find = by("find"), only = by("only"), unfold = by("unfold"), clear = by("clear"), more = document.querySelector(".more");
  var FAILED = ["fail", "error"];

  function wanted() {
    var ticked = function (name) { return all("input[name=" + name + "]:checked").map(function (one) { return one.value; }); };
    var chosen = function (id) { return by(id).value ? [by(id).value] : []; };
    var pressed = only.getAttribute("aria-pressed") === "true";
    return { o: pressed ? FAILED : ticked("o"), l: ticked("l"), c: chosen("f-c"), op: chosen("f-op"), words: find.value.toLowerCase().split(/\s+/).filter(Boolean) };
  }

  function fits(item, want) {
    var kinds = ["o", "l", "c", "op"].every(function (kind) {
      return !want[kind].length || item[kind].some(function (one) { return want[kind].indexOf(one) >= 0; });
    });
    if (!kinds || !want.words.length) return kinds;
    if (item.text === null) item.text = item.element.textContent.toLowerCase();
    return want.words.every(function (word) { return item.text.indexOf(word) >= 0; });
  }

  function narrow() {
    var want = wanted(), shown = 0;
    var narrowed = Boolean(want.o.length + want.l.length + want.c.length + want.op.length + want.words.length);
    items.forEach(function (item) {
      var fit = fits(item, want);
      item.element.hidden = !fit;
      if (fit) shown += 1;
    });
    all(".group, table.requirements > tbody").forEach(function (one) { one.hidden = !one.querySelector(".item:not([hidden])"); });
    sections.forEach(function (one) {
      var left = one.element.querySelectorAll(".item:not([hidden])").length;
      one.element.classList.toggle("empty", left === 0);
      if (one.count) one.count.textContent = narrowed ? left + " / " + one.whole : one.whole;
    });
    document.body.classList.toggle("narrowed", narrowed);
    document.querySelector(".nothing-found").hidden = !narrowed || shown > 0;
    more.classList.toggle("active", Boolean(want.l.length + want.c.length + want.op.length) || all("input[name=o]:checked").length > 0);
    clear.hidden = !narrowed;
    by("n-shown").textContent = shown;
    by("n-all").textContent = items.length;
  }

  function reset() {
    find.value = "";
    only.setAttribute("aria-pressed", "false");
    all(".choices input").forEach(function (one) { one.checked = false; });
    all(".choices select").forEach(function (one) { one.value = ""; });
    narrow();
  }

  function later(action) {
    var waiting = 0;
    return function () { window.clearTimeout(waiting); waiting = window.setTimeout(action, 80); };
  }

  find.addEventListener("input", later(narrow));
  find.addEventListener("keydown", function (event) { if (event.key === "Escape") { find.value = ""; narrow(); } });
  only.addEventListener("click", function () {
    only.setAttribute("aria-pressed", String(only.getAttribute("aria-pressed") !== "true"));
    narrow();
  });
  all(".choices input, .choices select").forEach(function (one) { one.addEventListener("change", narrow); });
  clear.addEventListener("click", function () { reset(); find.focus(); });
  unfold.addEventListener("click", function () {
    var open = unfold.getAttribute("aria-pressed") !== "true";
    unfold.setAttribute("aria-pressed", String(open));
    all("main details:not(.more)").forEach(function (one) { one.open = open; });
  });
  document.querySelector(".toolbar").hidden = false;
  if (window.getComputedStyle(document.querySelector(".toolbar")).position === "sticky") root.classList.add("stuck");
  reset();

  // ---------------------------------------------------------------------------------------- links
  function follow() {
    var name = decodeURIComponent(window.location.hash.slice(1));
    if (choose(name)) return;
    var target = name && by(name);
    if (!target) return;
    if (target.closest("[hidden], .empty") || (document.body.classList.contains("narrowed") && target.closest(".aside-of-filters"))) reset();
    for (var up = target; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    target.scrollIntoView();
  }

  choose(remembered());
  follow();
  window.addEventListener("hashchange", follow);
  choices.forEach(function (one) {
    one.addEventListener("change", function () { choose(one.value); remembered(one.value); });
  });

  all("button.copy").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var code = button.parentElement.querySelector("code");
      var range = document.createRange();
      range.selectNodeContents(code);
      var selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      var done = function () {
        button.classList.add("done");
        window.setTimeout(function () { button.classList.remove("done"); }, 1500);
      };
      var other = function () { if (document.execCommand("copy")) done(); };
      if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, other);
      else other();
    });
  });
})();
