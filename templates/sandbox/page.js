"use strict";
// Swaps the pieces that changed, and sends what people do. Everything is drawn on the server.
(() => {
  const body = document.body;
  const at = { ...body.dataset };
  const $ = (selector, within = document) => within.querySelector(selector);
  const drawn = {};
  const GONE = "The sandbox does not answer. Is it still running?";
  let asked = false;
  let asking = false;

  const toast = (text) => {
    const box = $("#toast");
    box.textContent = text;
    box.classList.add("up");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => box.classList.remove("up"), 4000);
  };

  const act = async (gesture, details = {}) => {
    const answer = await fetch(`/sandbox/api/${gesture}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as: at.me, channel: at.channel, ...details }),
    }).then((response) => response.json().catch(() => ({ error: response.statusText })), () => ({ error: GONE }));
    if (answer.error && answer.error !== "incomplete") toast(answer.error);
    refresh();
    return answer;
  };

  const nearEnd = (box) => !box || box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  const toEnd = (box) => { if (box) box.scrollTop = box.scrollHeight; };

  // What has the focus is found again in the new piece by what it does, and where.
  const focused = (piece) => {
    const element = document.activeElement;
    if (!piece.contains(element)) return null;
    const name = ["data-react", "data-action", "data-shortcut", "data-edit", "data-delete", "href", "id"].find((each) => element.hasAttribute(each));
    const inside = element.closest("[id]").id;
    return () => {
      const place = document.getElementById(inside);
      const value = element.matches(".choices input") ? `[value=${CSS.escape(element.value)}]` : "";
      const same = name ? `[${name}=${CSS.escape(element.getAttribute(name)) || '""'}]` : `${element.tagName}${value}`;
      (inside === element.id ? place : place && $(same, place))?.focus({ preventScroll: true });
    };
  };

  // A link to one message marks it.
  const aim = () => { const ts = new URLSearchParams(location.search).get("at"); const found = ts && document.getElementById(`m${ts}`); if (found) found.classList.add("aimed"); return found; };

  // While a form is open, nothing behind it can be reached.
  const cover = (covered) => { for (const piece of body.children) if (!["modal", "confirm", "toast"].includes(piece.id)) piece.inert = covered; };

  const veilOf = (box) => $(".veil", box)?.dataset.view;
  const fieldsOf = (box) => box.querySelectorAll(".input [data-action]");
  const typedIn = (box) => Object.fromEntries([...fieldsOf(box)].map((field) => [field.id, valueOf(field)]));
  const setValue = (field, value) => {
    if (field.matches(".choices")) for (const input of field.querySelectorAll("input")) input.checked = [].concat(value ?? []).includes(input.value);
    else if (field.matches("select[multiple]")) for (const option of field.options) option.selected = value.includes(option.value);
    else if (field.type !== "datetime-local" && field.type !== "file") field.value = value ?? "";
  };

  // A piece is put in only if it differs, so menus stay open and a half-filled form is left alone.
  const put = (name, html) => {
    const piece = document.getElementById(name);
    if (drawn[name] === html) return;
    if (press.held) { press.late = true; return; }
    drawn[name] = html;
    if (name === "modal") {
      const fresh = document.createElement("div");
      fresh.innerHTML = html;
      const seen = (box) => { const veil = $(".veil", box); return veil ? `${veil.dataset.view} ${veil.dataset.seen}` : ""; };
      if (seen(fresh) === seen(piece)) return;
      if (!$(".veil", piece)) cover.from = document.activeElement;
      const goesOn = veilOf(piece) && veilOf(piece) === veilOf(fresh);
      const kept = goesOn ? typedIn(piece) : {};
      const height = $(".sheet-body", piece)?.scrollTop;
      const same = focused(piece);
      piece.innerHTML = html;
      cover(Boolean($(".veil", piece)));
      if (goesOn) {
        // What was typed meanwhile stays, and so does the place in the form, unless something in it is wrong.
        for (const field of fieldsOf(piece)) if (field.id in kept) setValue(field, kept[field.id]);
        $(".sheet-body", piece).scrollTop = height;
        if (!$(".wrong", piece)) { same?.(); return; }
      }
      const first = $(".wrong input, .wrong textarea, .wrong select", piece) || $(".sheet-body input, .sheet-body textarea, .sheet-body select", piece) || $(".sheet [data-close]", piece);
      if (first) first.focus(); else if (cover.from?.isConnected) cover.from.focus(); else $(".composer textarea")?.focus();
      return;
    }
    const box = $(".scroll", piece);
    const follow = nearEnd(box);
    const top = box ? box.scrollTop : 0;
    const back = focused(piece);
    piece.innerHTML = html;
    const now = $(".scroll", piece);
    if (now && follow) toEnd(now); else if (now) now.scrollTop = top;
    if (name === "main") aim();
    if (back) back();
  };

  const unread = () => {
    const key = `read-${at.me}`;
    const read = JSON.parse(localStorage.getItem(key) || "{}");
    for (const entry of document.querySelectorAll("#sidebar [data-id]")) {
      if (entry.dataset.id === at.channel || !(entry.dataset.id in read)) read[entry.dataset.id] = entry.dataset.last;
      entry.classList.toggle("unread", read[entry.dataset.id] < entry.dataset.last);
    }
    localStorage.setItem(key, JSON.stringify(read));
  };

  const refresh = async () => {
    if (asking) { asked = true; return; }
    asking = true;
    try {
      do {
        asked = false;
        const query = new URLSearchParams({ as: at.me, channel: at.channel, thread: at.thread });
        const pieces = await (await fetch(`/sandbox/pieces?${query}`)).json();
        for (const name of ["sidebar", "main", "thread", "modal"]) put(name, pieces[name]);
        unread();
      } while (asked);
    } catch {
      toast(GONE);
    } finally {
      asking = false;
    }
  };

  const changed = (version) => { if (version !== at.version) { at.version = version; refresh(); } };

  // A screenshot's virtual clock stands still while a stream is open, so the first seconds are polled
  // and the stream begins when somebody moves, or a little later.
  const ask = () => fetch("/sandbox/version").then((response) => response.text()).then(changed, () => toast(GONE));
  const poll = setInterval(ask, 500);
  let stream = null;
  const listen = () => {
    if (stream) return;
    clearInterval(poll);
    stream = new EventSource("/sandbox/changes");
    stream.onmessage = (event) => changed(event.data);
  };
  // A browser keeps six connections to one place, so a tab that nobody sees gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) listen();
    else if (stream) { stream.close(); stream = null; }
  });
  setTimeout(listen, 15000);
  for (const sign of ["pointermove", "keydown", "touchstart"]) addEventListener(sign, listen, { once: true });

  const confirmed = (element) => new Promise((resolve) => {
    if (!element.dataset.confirm) { resolve(true); return; }
    const asked = JSON.parse(element.dataset.confirm);
    const box = $("#confirm");
    const part = (tag, text, value) => {
      const node = document.createElement(tag);
      node.textContent = text;
      if (value !== undefined) { node.className = value ? "button danger" : "button"; node.onclick = () => box.close(value ? "yes" : ""); }
      return node;
    };
    box.replaceChildren(Object.assign(part("h3", asked.title), { id: "confirm-title" }), part("p", asked.text), part("button", asked.deny, false), part("button", asked.confirm, true));
    box.returnValue = "";
    box.onclose = () => resolve(box.returnValue === "yes");
    box.showModal();
  });

  const valueOf = (element) => {
    if (element.matches(".choices")) {
      const ticked = [...element.querySelectorAll("input:checked")].map((input) => input.value);
      return element.dataset.type === "radio_buttons" ? ticked[0] ?? null : ticked;
    }
    if (element.matches("select[multiple]")) return [...element.selectedOptions].map((option) => option.value);
    if (element.dataset.type === "datetimepicker") return element.value ? Math.round(new Date(element.value) / 1000) : null;
    return element.value || null;
  };

  // What stands in a form's fields, as the sandbox takes it.
  const entered = (form) => {
    const values = {};
    for (const field of form ? fieldsOf(form) : []) values[`${field.dataset.block}.${field.dataset.action}`] = valueOf(field);
    return values;
  };

  const press = async (element) => {
    if (element.classList.contains("busy") || !(await confirmed(element))) return;
    const message = element.closest("[data-ts]");
    const where = message ? { ts: message.dataset.ts } : { channel: null, typed: entered(element.closest(".sheet")) };
    element.classList.add("busy");
    await act("click", { ...where, action_id: element.dataset.action, block_id: element.dataset.block, value: valueOf(element) });
    element.classList.remove("busy");
  };

  // Who one is goes along to wherever a link leads in the workspace.
  const staying = (link) => {
    const address = new URL(link.href);
    if (address.origin !== location.origin || !(address.pathname === "/" || address.pathname.startsWith("/archives/"))) return;
    if (!address.searchParams.has("as")) { address.searchParams.set("as", at.me); link.href = address; }
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (link) staying(link);
    const target = event.target.closest("[data-react], [data-shortcut], [data-edit], [data-delete], [data-close], button[data-action], a[data-action]");
    for (const open of document.querySelectorAll("details[open]")) if (!open.contains(event.target)) open.open = false;
    if (!target) return;
    const ts = target.closest("[data-ts]")?.dataset.ts;
    if (target.dataset.react) act(target.classList.contains("mine") ? "unreact" : "react", { ts, emoji: target.dataset.react });
    else if (target.dataset.shortcut) act("shortcut", { ts, callback_id: target.dataset.shortcut });
    else if ("edit" in target.dataset) {
      const text = prompt("Edit the message", target.dataset.edit);
      if (text !== null) act("edit", { ts, text });
    } else if ("delete" in target.dataset) { if (confirm("Delete this message?")) act("delete", { ts }); }
    else if ("close" in target.dataset) act("close");
    else press(target);
  });

  // Between a button's going down and up nothing is swapped, or the click would be nobody's.
  const release = () => { press.held = false; if (press.late) { press.late = false; refresh(); } };
  addEventListener("pointerdown", () => { press.held = true; }, true);
  for (const sign of ["pointerup", "pointercancel", "keydown", "change"]) addEventListener(sign, () => { if (press.held) setTimeout(release); }, true);
  addEventListener("pointermove", (event) => { if (press.held && event.buttons === 0) release(); }, true);

  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.id === "me") {
      const address = new URL(location.href);
      address.searchParams.set("as", target.value);
      location.href = address;
      return;
    }
    const element = target.closest("[data-live]");
    if (element && !element.matches("button")) press(element);
  });

  document.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.matches(".sheet")) {
      const values = entered(form);
      const sender = $("button[type=submit]", form);
      if (!sender || sender.classList.contains("busy")) return;
      sender.classList.add("busy");
      await act("submit", { values, view: form.closest("[data-view]").dataset.view });
      sender.classList.remove("busy");
      return;
    }
    const field = form.elements.text;
    const text = field.value.trim();
    if (!text) return;
    const slash = text === at.command || text.startsWith(`${at.command} `);
    if (slash && form.dataset.where === "thread") { toast("Commands don't work in threads. Type it in the channel."); return; }
    field.value = "";
    grow(field);
    if (slash) await act("command", { text: text.slice(at.command.length).trim() });
    else await act("say", { text, thread_ts: form.dataset.where === "thread" ? at.thread : null });
    toEnd($(".scroll", document.getElementById(form.dataset.where === "thread" ? "thread" : "main")));
  });

  const grow = (field) => { field.style.height = "auto"; field.style.height = `${Math.min(field.scrollHeight, 200)}px`; };
  document.addEventListener("input", (event) => { if (event.target.matches(".composer textarea")) grow(event.target); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.matches(".composer textarea")) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    if (event.key !== "Escape" || $("#confirm").open) return;
    const open = $("details[open]");
    if ($(".veil")) act("close"); else if (open) { open.open = false; $("summary", open).focus(); }
  });

  // Opening a thread loads the page anew: one stays where one was, with what one had begun to type.
  const place = JSON.parse(sessionStorage.getItem("place") || "{}");
  addEventListener("pagehide", () => {
    const box = $("#main .scroll");
    const top = box?.getBoundingClientRect().top ?? 0;
    const first = nearEnd(box) ? null : [...box.querySelectorAll("article")].find((each) => each.getBoundingClientRect().bottom > top);
    const held = first ? { id: first.id, offset: first.getBoundingClientRect().top - top } : {};
    sessionStorage.setItem("place", JSON.stringify({ ...held, me: at.me, channel: at.channel, draft: $(".composer textarea")?.value }));
  });

  for (const box of document.querySelectorAll(".scroll:not(.home)")) toEnd(box);
  if (place.me === at.me && place.channel === at.channel) {
    const first = document.getElementById(place.id);
    if (first) $("#main .scroll").scrollTop += first.getBoundingClientRect().top - $("#main .scroll").getBoundingClientRect().top - place.offset;
    const field = $(".composer textarea");
    if (field && place.draft) { field.value = place.draft; grow(field); }
  }
  aim()?.scrollIntoView({ block: "center" });
  cover(Boolean($(".veil")));
  unread();
  if (at.channel.startsWith("~")) act("home");
})();
