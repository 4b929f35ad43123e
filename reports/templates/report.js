// The page is complete without this: it remembers the language, copies lines, and opens what a link leads to.
(function () {
  "use strict";
  var root = document.documentElement;
  var choices = Array.prototype.slice.call(document.querySelectorAll("input[name=language]"));

  function remembered(value) {
    try {
      if (value === undefined) return window.localStorage.getItem("yance-language");
      window.localStorage.setItem("yance-language", value);
    } catch (refused) { /* a page from disk may have no storage: then nothing is remembered */ }
    return null;
  }

  function choose(language) {
    var found = choices.filter(function (one) { return one.value === language; })[0];
    if (found) { found.checked = true; root.lang = language; }
    return Boolean(found);
  }

  function follow() {
    var name = decodeURIComponent(window.location.hash.slice(1));
    if (choose(name)) return;
    var target = name && document.getElementById(name);
    for (var up = target; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
    if (target) target.scrollIntoView();
  }

  choose(remembered());
  follow();
  window.addEventListener("hashchange", follow);
  choices.forEach(function (one) {
    one.addEventListener("change", function () { choose(one.value); remembered(one.value); });
  });

  document.querySelectorAll("button.copy").forEach(function (button) {
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
