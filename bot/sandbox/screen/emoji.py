"""The common shortcodes."""

import re

EMOJI = {
    "+1": "👍", "-1": "👎", "100": "💯", "alarm_clock": "⏰", "ambulance": "🚑", "arrow_down": "⬇️",
    "arrow_forward": "▶️", "arrow_right": "➡️", "arrow_up": "⬆️", "ballot_box_with_check": "☑️",
    "bar_chart": "📊", "bell": "🔔", "black_circle": "⚫", "black_square_for_stop": "⏹️", "blue_book": "📘",
    "bookmark": "🔖", "boom": "💥", "brain": "🧠", "bug": "🐛", "bulb": "💡", "calendar": "📅",
    "chart_with_downwards_trend": "📉", "chart_with_upwards_trend": "📈", "clipboard": "📋", "clock1": "🕐",
    "closed_book": "📕", "compass": "🧭", "construction": "🚧", "cry": "😢", "dart": "🎯",
    "double_vertical_bar": "⏸️", "eyes": "👀", "fast_forward": "⏩", "file_folder": "📁", "fire": "🔥",
    "fire_engine": "🚒", "gear": "⚙️", "green_book": "📗", "green_heart": "💚", "grey_question": "❔",
    "hammer_and_wrench": "🛠️", "hand": "✋", "handshake": "🤝", "heart": "❤️", "heavy_check_mark": "✔️",
    "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "information_source": "\u2139\ufe0f", "joy": "😂",
    "key": "🔑", "label": "🏷️", "large_blue_circle": "🔵", "large_green_circle": "🟢",
    "large_orange_circle": "🟠", "large_red_circle": "🔴", "large_yellow_circle": "🟡", "link": "🔗",
    "lock": "🔒", "loudspeaker": "📢", "mag": "🔍", "mega": "📣", "memo": "📝", "mute": "🔇", "no_entry": "⛔",
    "no_entry_sign": "🚫", "notebook": "📓", "ok_hand": "👌", "open_book": "📖", "orange_book": "📙",
    "package": "📦", "page_facing_up": "📄", "pager": "📟", "paperclip": "📎", "phone": "☎️",
    "point_right": "👉", "pray": "🙏", "pushpin": "📌", "question": "❓", "raised_hand": "✋",
    "raised_hands": "🙌", "recycle": "♻️", "red_circle": "🔴", "repeat": "🔁", "robot_face": "🤖",
    "rocket": "🚀", "rotating_light": "🚨", "round_pushpin": "📍", "satellite": "📡", "scroll": "📜",
    "shield": "🛡️", "slightly_smiling_face": "🙂", "smile": "😄", "snowflake": "❄️", "sos": "🆘",
    "sparkles": "✨", "speech_balloon": "💬", "stopwatch": "⏱️", "tada": "🎉", "test_tube": "🧪",
    "thinking_face": "🤔", "thumbsdown": "👎", "thumbsup": "👍", "timer_clock": "⏲️",
    "triangular_flag_on_post": "🚩", "unlock": "🔓", "warning": "⚠️", "wave": "👋", "white_check_mark": "✅",
    "white_circle": "⚪", "wrench": "🔧", "writing_hand": "✍️", "x": "❌", "zap": "⚡",
}  # fmt: skip

_SHORTCODE = re.compile(r":([a-z0-9_+\-]+):")


def emoji(name: str) -> str:
    """The character for a shortcode without its colons, or the shortcode itself."""
    return EMOJI.get(name, f":{name}:")


def with_emoji(text: str) -> str:
    """`text` with the shortcodes that are known replaced."""
    return _SHORTCODE.sub(lambda match: emoji(match[1]), text)
